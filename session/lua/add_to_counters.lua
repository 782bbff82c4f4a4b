#!lua flags=allow-oom
-- Add to the counters what some events come to, and to the outcomes of campaigns what they tell of rows, unless another caller
-- has counted them meanwhile.

local counters = KEYS.counters           -- hash: the counters
local first_of, last_of = KEYS.outcomes  -- hashes: what became of the rows of each campaign

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local expected = ARGV.expected                -- the last counted event as the caller read it, '' for none
local last = ARGV.last                        -- the last event of these increments
local keep_for = ARGV.keep_for                -- ms after which outcomes expire
local first, past = ARGV.increments           -- fields and their increments
local first_token, last_token = ARGV.tokens   -- for each row the place of its campaign, its number, and what is added

-- Returns {'added'} or {'moved', the last event that is counted}.

local stored = redis.call('HGET', counters, 'last') or ''
if stored ~= expected then
  return {'moved', stored}
end
redis.call('HSET', counters, 'last', last)
for i = first, past, 2 do
  local sum = redis.pcall('HINCRBY', counters, ARGV[i], ARGV[i + 1])
  if type(sum) ~= 'number' then
    -- The stored value was not a number: counting starts again.
    sum = tonumber(ARGV[i + 1])
    redis.call('HSET', counters, ARGV[i], sum)
  end
  -- A field with a time in its name is removed at zero.
  if sum <= 0 and string.find(ARGV[i], '@', 1, true) then
    redis.call('HDEL', counters, ARGV[i])
  end
end
for i = first_token, last_token, 3 do
  local key, row = KEYS[first_of + ARGV[i]], ARGV[i + 1]
  -- Where nothing is kept of a campaign any more, nothing begins. A key of a wrong type stops no counting.
  local kept = redis.pcall('HMGET', key, '', row)
  if not kept.err and kept[1] and #(kept[2] or '') < 500 then
    redis.call('HSET', key, row, kept[2] and kept[2] .. ';' .. ARGV[i + 2] or ARGV[i + 2])
    redis.call('PEXPIREAT', key, now + keep_for)
  end
end
return {'added'}
