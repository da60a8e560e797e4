// The codecs of bodies, spelled out.

export { compressBlockBE, compressBlockLE, decompressBlockBE, decompressBlockLE, type Lz4Result } from './lz4.ts';
