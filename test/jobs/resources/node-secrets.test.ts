import { describe, expect, it } from 'vitest';
import { nodeSecretsIn, nodeUserData, stunServerIn } from '../../../src/cluster/user-data.ts';
import { secretMistakes, secretMarks } from '../../../src/jobs/resources/node-secrets.ts';

const facts = {
  cluster: 'live',
  role: 'edge',
  mongoUri: "mongodb://ams:it's$(x)@10.0.0.9:27017/?authSource=admin",
  jwtSecret: 'j'.repeat(32),
  licenceKey: "key with ' quotes \\ and $",
} as const;

describe('the secrets of a node', () => {
  it.each([facts, { ...facts, licenceKey: undefined }])('are read back from its script', (known) => {
    expect(nodeSecretsIn(nodeUserData(known))).toEqual({
      database: known.mongoUri,
      jwt: known.jwtSecret,
      licence: known.licenceKey ?? '',
    });
  });

  it.each(['stun:stun.example.com:3478', ''])(
    'lie beside the STUN server "%s", which is read back too',
    (stun) => {
      expect(stunServerIn(nodeUserData({ ...facts, stunServer: stun }))).toBe(stun);
      expect(stunServerIn('#!/bin/bash\necho hello\n')).toBeUndefined();
    },
  );

  it('are not known of a script that somebody else wrote', () => {
    expect(nodeSecretsIn('#!/bin/bash\necho hello\n')).toBeUndefined();
    expect(nodeSecretsIn('')).toBeUndefined();
  });

  it('leave no trace in what is seen', () => {
    const seen = JSON.stringify(secretMarks(nodeSecretsIn(nodeUserData(facts))));

    for (const secret of [facts.mongoUri, facts.jwtSecret, facts.licenceKey, '10.0.0.9'])
      expect(seen).not.toContain(secret);
  });

  it('are compared one by one, and told without their values', () => {
    const is = { database: 'mongodb://a:b@h/', jwt: 'j', licence: 'old' };
    const told = (must: Partial<typeof is>, known = is) =>
      secretMistakes('edge', secretMarks(known), secretMarks(must));

    expect(told(is)).toEqual([]);
    expect(told({})).toEqual([]);
    expect(told({ licence: 'new' })).toEqual([
      'new edge nodes: the licence key is another one than ams.yaml names',
    ]);
    expect(told({ licence: '' })).toEqual(['new edge nodes: there is a licence key, ams.yaml names none']);
    expect(told({ licence: 'new' }, { ...is, licence: '' })).toEqual([
      'new edge nodes: no licence key, ams.yaml names one',
    ]);
    expect(told({ database: 'mongodb://a:c@h/', jwt: 'k' })).toEqual([
      'new edge nodes: the login of the database is another one than the cluster has',
      "new edge nodes: the secret of the panel's REST API is another one than the cluster has",
    ]);
    expect(secretMistakes('edge', secretMarks(undefined), secretMarks({ licence: 'new' }))).toEqual([]);
  });
});
