/**
 * What is done in the store at once, or not at all. Every key has the region's hash tag, so that all of them are in one slot of a cluster.
 *
 * What the store holds is good only in the process that it was made in: its mark is made of the server's run and replication ids, which no
 * restart, restored file or promoted replica has in common with what was before. Wherever the mark differs nothing is done.
 */

const PRELUDE = `
local function mark()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
  return (run or '') .. ':' .. (history or '')
end
local region = KEYS[1]
local isGood = redis.call('HGET', region, 'mark') == mark()
local function isTurn(turn) return isGood and redis.call('HGET', region, 'turn') == turn end
local function isGeneration(name) return isGood and redis.call('HGET', region, 'generation') == name end
`;

/** KEYS: region, nodes. ARGV: node, life, knows, founds, speaks, its reach, stands above, its reach, leaves, its reach, ms kept, prefix. */
const BEAT = `${PRELUDE}
local nodes = KEYS[2]
local node, founds = ARGV[1], ARGV[4] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', nodes, node, now .. ':' .. ARGV[3])
local function get(field) return redis.call('HGET', region, field) or '' end
local function number(text) return tonumber(text) or 0 end
local function max(a, b) return string.format('%.0f', math.max(number(a), number(b))) end
local claimed = get('upTo')
local became = 'follower'
if isGood and ARGV[9] ~= '' then
  if get('turn') == ARGV[9] then redis.call('HSET', region, 'speaker', '', 'until', '0', 'upTo', ARGV[10]) end
elseif isGood and ARGV[5] ~= '' then
  if get('turn') == ARGV[5] then
    redis.call('HSET', region, 'upTo', max(claimed, ARGV[6]), 'until', now + ARGV[11])
    became = 'kept'
  else became = 'refused' end
elseif ARGV[7] ~= '' and (founds or isGood) then
  local speaker = get('speaker')
  if not isGood or speaker == '' or speaker == node or number(get('until')) <= now then
    local turn = string.format('%.0f', math.max(number(get('turn')), number(ARGV[7])) + 1)
    if not isGood then
      local index = ARGV[12] .. ':j:' .. get('generation')
      for _, name in ipairs(redis.call('SMEMBERS', index)) do redis.call('DEL', name) end
      redis.call('DEL', index)
      redis.call('HSET', region, 'mark', mark(), 'generation', turn)
      became = 'founded'
    else became = 'elected' end
    redis.call('HSET', region, 'turn', turn, 'speaker', node, 'until', now + ARGV[11], 'upTo', max(claimed, ARGV[8]))
    isGood = true
  end
end
local speaker = get('speaker')
if not isGood or number(get('until')) <= now then speaker = '' end
local known = 0
local answer = {isGood and get('generation') or '', get('turn'), speaker, became, claimed, '0'}
local all = redis.call('HGETALL', nodes)
for at = 1, #all, 2 do
  local heard, knows = string.match(all[at + 1], '^(%d+):(%d+)$')
  local ago = now - number(heard)
  if ago > 60000 then redis.call('HDEL', nodes, all[at])
  else
    known = math.max(known, number(knows))
    answer[#answer + 1] = all[at]
    answer[#answer + 1] = tostring(ago)
  end
end
answer[6] = string.format('%.0f', known)
return answer
`;

/** KEYS: region, pool…. ARGV: turn, ms kept, count of messages, channel and message…, permits…. */
const DEPOSIT = `${PRELUDE}
if not isTurn(ARGV[1]) then return 0 end
local first = 3 + 2 * ARGV[3]
for at = 2, #KEYS do
  redis.call('INCRBY', KEYS[at], ARGV[first + at - 1])
  redis.call('PEXPIRE', KEYS[at], ARGV[2])
end
for at = 4, first, 2 do redis.call('PUBLISH', ARGV[at], ARGV[at + 1]) end
return 1
`;

/** KEYS: region, pool…. ARGV: generation, permits…. */
const TAKE = `${PRELUDE}
if not isGeneration(ARGV[1]) then return false end
local taken = {}
for at = 2, #KEYS do
  local there = tonumber(redis.call('GET', KEYS[at]) or '0')
  local permits = math.min(there, tonumber(ARGV[at]))
  if permits > 0 then
    if permits == there then redis.call('DEL', KEYS[at]) else redis.call('DECRBY', KEYS[at], permits) end
  end
  taken[#taken + 1] = permits
end
return taken
`;

/** KEYS: region, pool…. ARGV: generation, giver, its sequence, ms kept, prefix of channels, message, permits…. */
const GIVE = `${PRELUDE}
if not isGeneration(ARGV[1]) then return 0 end
local giver = 'given:' .. ARGV[2]
if tonumber(redis.call('HGET', region, giver) or '0') >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', region, giver, ARGV[3])
for at = 2, #KEYS do
  redis.call('INCRBY', KEYS[at], ARGV[at + 5])
  redis.call('PEXPIRE', KEYS[at], ARGV[4])
end
redis.call('PUBLISH', ARGV[5] .. (redis.call('HGET', region, 'speaker') or ''), ARGV[6])
return 1
`;

/** KEYS: region, pool…. ARGV: turn. */
const WITHDRAW = `${PRELUDE}
if not isTurn(ARGV[1]) then return false end
local left = {}
for at = 2, #KEYS do
  left[#left + 1] = tonumber(redis.call('GET', KEYS[at]) or '0')
  redis.call('DEL', KEYS[at])
end
return left
`;

/** KEYS: region. ARGV: turn, sequence, prefix, then name, closing epoch, ms kept and value of each record. */
const APPEND = `${PRELUDE}
if not isTurn(ARGV[1]) then return 0 end
local index = ARGV[3] .. ':j:' .. redis.call('HGET', region, 'generation')
local turn, sequence = tonumber(ARGV[1]), tonumber(ARGV[2])
for at = 4, #ARGV, 4 do
  local name = index .. ':' .. ARGV[at + 1]
  local known = redis.call('HGET', name, ARGV[at])
  local knownTurn, knownSequence = string.match(known or '0:0:', '^(%d+):(%d+):')
  knownTurn, knownSequence = tonumber(knownTurn), tonumber(knownSequence)
  if knownTurn < turn or (knownTurn == turn and knownSequence <= sequence) then
    redis.call('HSET', name, ARGV[at], ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[at + 3])
    redis.call('SADD', index, name)
    if ARGV[at + 2] ~= '' then redis.call('PEXPIRE', name, ARGV[at + 2]) end
  end
end
return 1
`;

/** KEYS: region. ARGV: turn, prefix. */
const LOAD = `${PRELUDE}
if not isTurn(ARGV[1]) then return false end
local records = {}
for _, name in ipairs(redis.call('SMEMBERS', ARGV[2] .. ':j:' .. redis.call('HGET', region, 'generation'))) do
  local all = redis.call('HGETALL', name)
  for at = 1, #all, 2 do
    records[#records + 1] = all[at]
    records[#records + 1] = string.match(name, ':([^:]*)$')
    records[#records + 1] = string.match(all[at + 1], '^%d+:%d+:(.*)$')
  end
end
return records
`;

/** Every script by its name; each is sent once and called by its hash from then on. */
export const SCRIPTS = {
  headgateBeat: BEAT,
  headgateDeposit: DEPOSIT,
  headgateTake: TAKE,
  headgateGive: GIVE,
  headgateWithdraw: WITHDRAW,
  headgateAppend: APPEND,
  headgateLoad: LOAD,
} as const;

export type ScriptName = keyof typeof SCRIPTS;
