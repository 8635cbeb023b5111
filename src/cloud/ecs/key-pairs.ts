import type { Line } from '../calling/line.ts';
import { gone } from '../calling/outcome.ts';
import { byNumber } from '../calling/paging.ts';
import { fromTagList, toTagList } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';

export interface KeyPair {
  /** Unique in the region; it is the id too. */
  readonly keyPairName: string;
  /** MD5 of the public key, hexadecimal. */
  readonly fingerprint: string;
  readonly createdAt: string | undefined;
  readonly tags: Tags;
}

export interface KeyPairs {
  /** By tags, or one by its exact name (DescribeKeyPairs). */
  listKeyPairs(input: {
    readonly tags?: Tags | undefined;
    readonly name?: string | undefined;
  }): Promise<readonly KeyPair[]>;
  /** @param input.publicKey one OpenSSH line, `ssh-rsa …` @returns the fingerprint (ImportKeyPair; has no token) */
  importKeyPair(input: {
    readonly name: string;
    readonly publicKey: string;
    readonly tags: Tags;
  }): Promise<string>;
  /** Gone already is success; `in-use` while an instance has it (DeleteKeyPairs). */
  deleteKeyPair(name: string): Promise<void>;
}

export function createKeyPairs(line: Line<'ecs'>): KeyPairs {
  const { regionId } = line;
  return {
    listKeyPairs: async ({ tags, name }) => {
      const all = await byNumber(50, async (pageNumber) => {
        const answer = await line.call('DescribeKeyPairs', {
          regionId,
          keyPairName: name,
          tag: toTagList(tags),
          pageNumber,
          pageSize: 50,
        });
        return { items: answer.keyPairs?.keyPair ?? [], total: answer.totalCount };
      });
      return all.map((one) => ({
        keyPairName: one.keyPairName ?? '',
        fingerprint: one.keyPairFingerPrint ?? '',
        createdAt: one.creationTime,
        tags: fromTagList(one.tags?.tag),
      }));
    },
    async importKeyPair({ name, publicKey, tags }) {
      const answer = await line.call('ImportKeyPair', {
        regionId,
        keyPairName: name,
        publicKeyBody: publicKey.trim(),
        tag: toTagList(tags),
      });
      return answer.keyPairFingerPrint ?? '';
    },
    deleteKeyPair: (name) =>
      gone(line.call('DeleteKeyPairs', { regionId, keyPairNames: JSON.stringify([name]) })),
  };
}
