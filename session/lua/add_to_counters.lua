#!lua flags=allow-oom
-- Add to the counters what some events come to, unless another caller has counted them meanwhile.

local counters = KEYS.counters  -- hash: the counters

local expected = ARGV.expected       -- the last counted event as the caller read it, '' for none
local last = ARGV.last               -- the last event of these increments
local first, past = ARGV.increments  -- fields and their increments

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
return {'added'}
