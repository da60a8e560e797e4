// The codecs of bodies, spelled out.

export { compressBlockBE, decompressBlockBE, decompressBlockLE } from './lz4.ts';
