// Whose token this is. Tokens are compared as hashes of equal length, each with all, so that the time tells nothing; the
// file of named tokens is read again when it changed, so that a removed token ends at once.

import { timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.ts';
import { hashOfToken, readTokens, type TokenEntry, tokenFilePath, versionOfTokenFile } from './token-file.ts';

export interface AuthorityOptions {
  readonly dataFolder: string;
  /** The one of ADMIN_TOKEN, if any. */
  readonly adminToken: string | null;
  /** The generated one, where it is in use. */
  readonly ownToken: string | null;
  /** Told when the file of named tokens cannot be read: none of them counts then. */
  readonly unreadable?: (error: unknown) => void;
}

interface Known {
  readonly hash: Buffer;
  readonly principal: Principal;
}

export class Authority {
  readonly #path: string;
  readonly #fixed: readonly Known[];
  readonly #unreadable: (error: unknown) => void;
  #named: readonly Known[] = [];
  #version: string | null = null;

  constructor({ dataFolder, adminToken, ownToken, unreadable = () => undefined }: AuthorityOptions) {
    this.#path = tokenFilePath(dataFolder);
    this.#unreadable = unreadable;
    const fixed = (name: string, token: string | null): readonly Known[] =>
      token === null ? [] : [{ hash: hashOfToken(token), principal: { name, role: 'admin', shared: true } }];
    this.#fixed = [...fixed('admin-token', adminToken), ...fixed('local', ownToken)];
  }

  identify(token: string): Principal | null {
    this.#refresh();
    const hash = hashOfToken(token);
    let found: Principal | null = null;
    for (const known of this.#fixed) if (timingSafeEqual(known.hash, hash)) found = known.principal;
    for (const known of this.#named) if (timingSafeEqual(known.hash, hash)) found = known.principal;
    return found;
  }

  #refresh(): void {
    const version = versionOfTokenFile(this.#path);
    if (version === this.#version) return;
    this.#version = version;
    try {
      this.#named = version === null ? [] : readTokens(this.#path).map(knownOf);
    } catch (error) {
      this.#named = [];
      this.#unreadable(error);
    }
  }
}

const knownOf = ({ name, role, sha256 }: TokenEntry): Known => ({
  hash: Buffer.from(sha256, 'hex'),
  principal: { name, role, shared: false },
});
