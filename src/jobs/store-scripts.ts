/**
 * The store's Lua scripts. Each is one decision that must not be torn: redis runs it alone. All keys share one hash
 * tag (see keys.ts), so keys built from a given prefix lie in the same slot.
 */

/**
 * KEYS op, all, live, busy, audit. ARGV doc, id, createdAt, holds, prefix of operation keys, audit entry, audit length.
 * A claim whose operation is gone or over is nobody's.
 */
export const ADD_OPERATION = `
local there = redis.call('HGET', KEYS[1], 'doc')
if there then return {'there', there} end
if ARGV[4] == '1' then
  local holder = redis.call('GET', KEYS[4])
  if holder and holder ~= ARGV[2] and redis.call('ZSCORE', KEYS[3], holder) then return {'busy', holder} end
  redis.call('SET', KEYS[4], ARGV[2])
end
redis.call('HSET', KEYS[1], 'doc', ARGV[1], 'rev', '1')
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[7], '*', 'e', ARGV[6])
return {'added', ''}
`;

/**
 * KEYS op, live, busy, audit, untold. ARGV rev, doc, id, live?, successor, audit entry, audit length, createdAt, holds.
 * Returns 1 written, 0 somebody else was faster, -1 the cluster is held by another operation.
 */
export const SET_OPERATION = `
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[1] then return 0 end
local holder = redis.call('GET', KEYS[3])
if ARGV[4] == '1' then
  if ARGV[9] == '1' then
    if holder and holder ~= ARGV[3] and redis.call('ZSCORE', KEYS[2], holder) then return -1 end
    redis.call('SET', KEYS[3], ARGV[3])
  end
  redis.call('ZADD', KEYS[2], ARGV[8], ARGV[3])
else
  redis.call('ZREM', KEYS[2], ARGV[3])
  if holder == ARGV[3] then
    if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[5]) else redis.call('DEL', KEYS[3]) end
  end
end
redis.call('HSET', KEYS[1], 'doc', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'rev', 1)
if ARGV[6] ~= '' then redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[7], '*', 'e', ARGV[6]) end
redis.call('SADD', KEYS[5], ARGV[3])
return 1
`;

/** KEYS op, steps, fences. ARGV step. Returns the visit's number, the operation and all steps. */
export const BEGIN_VISIT = `
local doc = redis.call('HGET', KEYS[1], 'doc')
if not doc then return {0, false, {}} end
local fence = redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
return {fence, doc, redis.call('HGETALL', KEYS[2])}
`;

/** KEYS steps, fences, untold, audit. ARGV step, fence, record, operation, audit entry, audit length. */
export const WRITE_STEP = `
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('SADD', KEYS[3], ARGV[4])
if ARGV[5] ~= '' then redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[6], '*', 'e', ARGV[5]) end
return 1
`;

/**
 * KEYS op, steps, fences. ARGV step, fence, run, record. The last word before a change of the cloud: from here on a
 * cancel finds the step marked. Returns 1 go on, 0 another visit has begun, -1 the operation is stopped.
 */
export const BEGIN_CHANGE = `
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
local doc = redis.call('HGET', KEYS[1], 'doc')
if not doc then return -1 end
local operation = cjson.decode(doc)
if operation.state ~= 'running' or operation.run ~= tonumber(ARGV[3]) then return -1 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
return 1
`;
