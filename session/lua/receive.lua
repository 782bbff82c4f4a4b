#!lua flags=allow-oom
-- Put messages into their mailboxes, drop the ids that are already known, and say who must be woken.

local due  = KEYS[1]  -- sorted set: what must happen -> when
local tally = KEYS[2]  -- hash: what happened, counted
local forgotten = KEYS[3] -- sorted set: hashes of what was forgotten -> until when they are known
local secret = KEYS[4] -- string: what the hashes are made with
local first_key = 5   -- KEYS[5..]: for each conversation its mailbox (list), then its seen ids (sorted set)

local now       = ARGV[1]            -- ms since the epoch, by the caller's clock
local wake_by   = ARGV[2]            -- when the sweep wakes again if a wake-up is lost, in ms
local keep      = tonumber(ARGV[3])  -- how many ids are remembered a conversation
local forget_at = ARGV[4]            -- when the remembered ids expire, in ms
local n         = tonumber(ARGV[5])  -- how many conversations
local oldest    = tonumber(ARGV[6])  -- when the oldest body that is being drained came, in ms
local members   = 7                  -- ARGV[7..6+n]: their due members
local first     = 7 + n              -- ARGV[7+n..]: number of the conversation (1..n), message id, message, when it came
                                     -- in ms, and what counts it while it waits

-- Returns {'received', accepted, duplicates, numbers of the conversations to wake...}.

-- Whatever may fail does so before an id is remembered: a message that is known is never kept again.
redis.call('ZCARD', due)
local salt = redis.call('ZCARD', forgotten) > 0 and (redis.call('GET', secret) or '')
for c = 1, n do
  redis.call('LLEN', KEYS[first_key + 2 * (c - 1)])
  redis.call('ZCARD', KEYS[first_key + 2 * (c - 1) + 1])
end

-- Whether a message was taken in before its customer was forgotten.
local function is_forgotten(id)
  local till = salt and redis.call('ZSCORE', forgotten, redis.sha1hex(salt .. id))
  return till and tonumber(till) > tonumber(now)
end

local accepted, duplicates = 0, 0
local touched = {}
local waiting = {}
for i = first, #ARGV, 5 do
  local c = tonumber(ARGV[i])
  local mailbox, seen = KEYS[first_key + 2 * (c - 1)], KEYS[first_key + 2 * (c - 1) + 1]
  if not is_forgotten(ARGV[i + 1]) and redis.call('ZADD', seen, 'NX', ARGV[i + 3], ARGV[i + 1]) == 1 then
    redis.call('RPUSH', mailbox, ARGV[i + 2])
    accepted = accepted + 1
    waiting[ARGV[i + 4]] = (waiting[ARGV[i + 4]] or 0) + 1
    touched[c] = true
  else
    duplicates = duplicates + 1
  end
end

for counter, more in pairs(waiting) do
  redis.pcall('HINCRBY', tally, counter, more)
end
if duplicates > 0 then
  redis.pcall('HINCRBY', tally, 'duplicates', duplicates)
end

local reply = {'received', accepted, duplicates}
for c = 1, n do
  if touched[c] then
    local seen = KEYS[first_key + 2 * (c - 1) + 1]
    -- What is being drained stays known, however much it is: until it is settled, all of it may come once more.
    local more = math.min(redis.call('ZCARD', seen) - keep, redis.call('ZCOUNT', seen, '-inf', '(' .. oldest))
    if more > 0 then
      redis.call('ZREMRANGEBYRANK', seen, 0, more - 1)
    end
    redis.call('PEXPIREAT', seen, forget_at)
    if redis.call('ZADD', due, 'NX', wake_by, ARGV[members + c - 1]) == 1 then
      reply[#reply + 1] = c
    end
  end
end
return reply
