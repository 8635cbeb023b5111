import { describe, expect, it } from 'vitest';
import {
  chooseVSwitchBlocks,
  overlaps,
  parseCidr,
  sshBlock,
  vpcCidrMistake,
} from '../../src/cluster/cidr.ts';

describe('a block of addresses', () => {
  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '256.0.0.0/8',
    'ten',
    '10.0.0.0/16; rm -rf /',
    '010.0.0.0/16',
    '10.0.0.0/08',
    '',
  ])('is not %j', (text) => {
    expect(() => parseCidr(text)).toThrow('is not an IPv4 block');
  });

  it('that begins in the middle is answered with the right one', () => {
    expect(() => parseCidr('10.0.3.7/16')).toThrow('begins in the middle');
  });

  it.each([
    ['10.0.0.0/16', '10.0.255.0/24', true],
    ['10.0.255.0/24', '10.0.0.0/16', true],
    ['10.0.0.0/16', '10.1.0.0/16', false],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlaps(parseCidr(a), parseCidr(b))).toBe(expected);
  });
});

describe('the block that may open SSH', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    [' 10.0.0.0/16 ', '10.0.0.0/16'],
    ['0.0.0.0/0', undefined],
    ['10.0.0.0/15', undefined],
  ])('of %j is %s', (text, expected) => {
    expect(sshBlock(text)).toBe(expected);
  });
});

describe('the block of a VPC', () => {
  it.each([
    ['8.8.0.0/16', 'is not private'],
    ['10.0.0.0/8', 'is /16 to /28'],
    ['192.168.1.0/29', 'is /16 to /28'],
  ])('%s is refused: %s', (text, words) => {
    expect(vpcCidrMistake(text)).toContain(words);
  });

  it('is fine in each private range', () => {
    expect(['10.9.0.0/16', '172.31.0.0/16', '192.168.0.0/16'].map(vpcCidrMistake)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('blocks for vSwitches', () => {
  it('are the lowest free /24s', () => {
    expect(chooseVSwitchBlocks('10.0.0.0/16', 3, ['10.0.1.0/24'])).toEqual([
      '10.0.0.0/24',
      '10.0.2.0/24',
      '10.0.3.0/24',
    ]);
  });

  it('get smaller when the VPC is small', () => {
    expect(chooseVSwitchBlocks('192.168.1.0/24', 2, [])).toEqual(['192.168.1.0/25', '192.168.1.128/25']);
  });

  it('are refused when there is no room', () => {
    expect(() => chooseVSwitchBlocks('192.168.1.0/27', 2, [])).toThrow('no room for 2 vSwitches');
  });
});
