#!lua flags=allow-oom
-- Add to the counters what some events come to, unless another caller has counted them meanwhile.

local counters = KEYS.counters  -- hash: what happened, counted

local expected = ARGV.expected       -- the last event that the caller found counted, '' for none
local last = ARGV.last               -- the last event that is counted with these
local first, past = ARGV.increments  -- fields and what to add to them

-- Returns {'added'} or {'moved', the last event that is counted}.

local stands = redis.call('HGET', counters, 'last') or ''
if stands ~= expected then
  return {'moved', stands}
end
redis.call('HSET', counters, 'last', last)
for i = first, past, 2 do
  local sum = redis.pcall('HINCRBY', counters, ARGV[i], ARGV[i + 1])
  if type(sum) ~= 'number' then
    -- What stood there was no number: it is counted anew.
    sum = tonumber(ARGV[i + 1])
    redis.call('HSET', counters, ARGV[i], sum)
  end
  -- What comes and goes is counted under a moment; nothing is left of it at zero.
  if sum <= 0 and string.find(ARGV[i], '@', 1, true) then
    redis.call('HDEL', counters, ARGV[i])
  end
end
return {'added'}
