/**
 * The store's Lua scripts. Each is one decision that must not be torn: redis runs it alone. All keys share one hash
 * tag (see keys.ts), so they lie in the same slot.
 *
 * An operation's hash has its document (`doc`), how often that was written (`rev`) and, so that nobody needs to read
 * the document to know how the operation stands, the `mark`: of which revision it is, state, run and the document's
 * digest. A version of this program that knows no marks leaves an old one behind, which its revision shows.
 */
import { Script } from '../../redis/script.ts';

/** Lua: how the operation at a key stands: state, run, digest of its document. Nothing when there is none. */
const STANDING = `
local function standing(key)
  local known = redis.call('HMGET', key, 'rev', 'mark')
  if known[1] and known[2] then
    local rev, state, run, digest = string.match(known[2], '^(%d+) (%S+) (%d+) (%x+)$')
    if rev == known[1] then return state, tonumber(run), digest end
  end
  local doc = redis.call('HGET', key, 'doc')
  if not doc then return nil end
  local operation = cjson.decode(doc)
  local digest = redis.sha1hex(doc)
  if known[1] then
    local mark = string.format('%s %s %d %s', known[1], operation.state, operation.run, digest)
    redis.call('HSET', key, 'mark', mark)
  end
  return operation.state, operation.run, digest
end
`;

/**
 * KEYS secrets, op, busy. ARGV id, state. Forgets a cluster's secrets, if that operation holds the cluster and stands so:
 * whoever was frozen on the way here must not take those of the next cluster of that name.
 */
export const FORGET_SECRETS = new Script(`${STANDING}
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
if standing(KEYS[2]) ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])
`);

/** KEYS op, busy, clusters. ARGV id, state, cluster, record. Remembers a cluster, as {@link FORGET_SECRETS}. */
export const REMEMBER_CLUSTER = new Script(`${STANDING}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if standing(KEYS[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
return 1
`);

/** KEYS op, busy, hashes by cluster. ARGV id, state, cluster. Forgets what is known of a cluster, as {@link FORGET_SECRETS}. */
export const FORGET_CLUSTER = new Script(`${STANDING}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if standing(KEYS[1]) ~= ARGV[2] then return 0 end
for at = 3, #KEYS do redis.call('HDEL', KEYS[at], ARGV[3]) end
return 1
`);

/**
 * KEYS ops. ARGV cluster, or '' for any. Returns their documents, in this order. Who looks for the operations of one
 * cluster goes through those of hundreds: to fetch and to read all of these would take seconds of two processors.
 */
export const DOCUMENTS_OF = new Script(`
local docs = {}
for _, key in ipairs(KEYS) do
  local doc = redis.call('HGET', key, 'doc')
  local of = doc and ARGV[1] ~= '' and string.match(doc, '^{"id":"[^"]*","cluster":"([^"]*)"')
  if doc and ARGV[1] ~= '' and not of then of = cjson.decode(doc).cluster end
  if doc and (of or '') == ARGV[1] then docs[#docs + 1] = doc end
end
return docs
`);

/**
 * KEYS op, all, live, busy, audit. ARGV doc, id, createdAt, holds, audit entry, audit length, mark without revision.
 * A claim whose operation is gone or over is nobody's.
 */
export const ADD_OPERATION = new Script(`
local there = redis.call('HGET', KEYS[1], 'doc')
if there then return {'there', there} end
if ARGV[4] == '1' then
  local holder = redis.call('GET', KEYS[4])
  if holder and holder ~= ARGV[2] and redis.call('ZSCORE', KEYS[3], holder) then return {'busy', holder} end
  redis.call('SET', KEYS[4], ARGV[2])
end
redis.call('HSET', KEYS[1], 'doc', ARGV[1], 'rev', '1', 'mark', '1 ' .. ARGV[7])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[6], '*', 'e', ARGV[5])
return {'added', ''}
`);

/**
 * KEYS op, live, busy, audit, untold, steps, fences, with a successor its key and all. ARGV rev, doc, id, live?, audit
 * entry, audit length, createdAt, holds, mark without revision, of a successor that is added and takes the cluster over
 * its id, doc, mark, audit entry and createdAt, or five times nothing, then of each step that begins anew: its name, its
 * record and the new one. Returns 1 written, 0 somebody else was faster, -1 the cluster is held by another operation.
 */
export const SET_OPERATION = new Script(`
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[1] then return 0 end
for at = 15, #ARGV, 3 do
  if redis.call('HGET', KEYS[6], ARGV[at]) ~= ARGV[at + 1] then return 0 end
end
local function note(entry)
  if entry ~= '' then redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[6], '*', 'e', entry) end
end
local holder = redis.call('GET', KEYS[3])
if ARGV[4] == '1' then
  if ARGV[8] == '1' then
    if holder and holder ~= ARGV[3] and redis.call('ZSCORE', KEYS[2], holder) then return -1 end
    redis.call('SET', KEYS[3], ARGV[3])
  end
  redis.call('ZADD', KEYS[2], ARGV[7], ARGV[3])
else
  redis.call('ZREM', KEYS[2], ARGV[3])
  if holder == ARGV[3] then redis.call('DEL', KEYS[3]) end
end
for at = 15, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[7], ARGV[at], 1)
  redis.call('HSET', KEYS[6], ARGV[at], ARGV[at + 2])
end
local rev = redis.call('HINCRBY', KEYS[1], 'rev', 1)
redis.call('HSET', KEYS[1], 'doc', ARGV[2], 'mark', string.format('%d %s', rev, ARGV[9]))
note(ARGV[5])
redis.call('SADD', KEYS[5], ARGV[3])
if ARGV[10] ~= '' and redis.call('EXISTS', KEYS[8]) == 0 then
  if not holder or holder == ARGV[3] then redis.call('SET', KEYS[3], ARGV[10]) end
  redis.call('HSET', KEYS[8], 'doc', ARGV[11], 'rev', '1', 'mark', '1 ' .. ARGV[12])
  redis.call('ZADD', KEYS[9], ARGV[14], ARGV[10])
  redis.call('ZADD', KEYS[2], ARGV[14], ARGV[10])
  note(ARGV[13])
end
return 1
`);

/**
 * Lua: begins a visit. Returns its number, the document's digest, all steps as they were before, whether the step has
 * begun now. Nothing when there is no such operation. A job that is left of an earlier run takes the step from nobody.
 * Besides, what time it is by Redis' clock.
 */
const BEGIN = `${STANDING}
local function milliseconds()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
local function begin(at, id, step, wanted, untold, opening)
  local state, run, digest = standing(at)
  if not state then return nil end
  local fences = at .. ':fences'
  local present = run ~= wanted and redis.call('HGET', fences, step)
  local fence = present and tonumber(present) or redis.call('HINCRBY', fences, step, 1)
  local steps = redis.call('HGETALL', at .. ':steps')
  local begun = 0
  if state == 'running' and run == wanted then
    begun = redis.call('HSETNX', at .. ':steps', step, opening)
    if begun == 1 then redis.call('SADD', untold, id) end
  end
  return {fence, digest, steps, begun}
end
`;

/**
 * KEYS op, untold, steps, fences. ARGV step, operation, run, digest of the document that the caller knows, record with
 * which a step begins that nobody has begun. Returns what `begin` does, then the time, then the document unless it is
 * known.
 */
export const BEGIN_VISIT = new Script(`${BEGIN}
local visit = begin(KEYS[1], ARGV[2], ARGV[1], tonumber(ARGV[3]), KEYS[2], ARGV[5])
if not visit then return {0} end
visit[5] = milliseconds()
if visit[2] ~= ARGV[4] then visit[6] = redis.call('HGET', KEYS[1], 'doc') end
return visit
`);

/**
 * Begins the visits to the steps whose jobs were taken right before. KEYS active jobs, untold. ARGV what the keys of jobs
 * begin with, those of operations, record with which a step begins that nobody has begun, the same for those that may
 * change something at once, how many names follow, names of the jobs of those, tokens with which jobs were taken.
 * Returns the time and, by turns, token, the job's id and what `begin` does. Nothing of a token that took no job; nor
 * for a job that was taken over, for whoever had it may be this very process, which first ends what it does.
 */
export const BEGIN_TAKEN = new Script(`${BEGIN}
local tokens, changers, visits = {}, {}, {}
for at = 6, 5 + ARGV[5] do changers[ARGV[at]] = true end
for at = 6 + ARGV[5], #ARGV do tokens[ARGV[at]] = true end
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, 7 + #ARGV)) do
  local job = ARGV[1] .. id
  local token = redis.call('GET', job .. ':lock')
  if token and tokens[token] then
    tokens[token] = nil
    local name, data, stalled = unpack(redis.call('HMGET', job, 'name', 'data', 'stc'))
    if data and not stalled then
      local of = cjson.decode(data)
      local opening = changers[name] and ARGV[4] or ARGV[3]
      local visit = begin(ARGV[2] .. of.operation, of.operation, of.step, of.run, KEYS[2], opening)
      if visit then
        visits[#visits + 1] = token
        visits[#visits + 1] = id
        visits[#visits + 1] = visit
      end
    end
    if not next(tokens) then break end
  end
end
return {milliseconds(), visits}
`);

/**
 * KEYS steps, fences, untold, audit. ARGV step, fence, record, operation, audit entry, audit length, other steps.
 * Returns the records of those others as they are right after this one was written: of two that end together, the
 * later sees both. Nothing when another visit has begun. Sent once more, since the connection broke before its answer, it
 * says no second time what it has done.
 */
export const WRITE_STEP = new Script(`
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return false end
local isNew = redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('SADD', KEYS[3], ARGV[4])
if isNew and ARGV[5] ~= '' then redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[6], '*', 'e', ARGV[5]) end
if #ARGV == 6 then return {} end
return redis.call('HMGET', KEYS[1], unpack(ARGV, 7))
`);

/**
 * KEYS op, steps, fences. ARGV step, fence, run, record. The last word before a change of the cloud: from here on a
 * cancel finds the step marked. Returns 1 go on, 0 another visit has begun, -1 the operation is stopped.
 */
export const BEGIN_CHANGE = new Script(`${STANDING}
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
local state, run = standing(KEYS[1])
if state ~= 'running' or run ~= tonumber(ARGV[3]) then return -1 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
return 1
`);
