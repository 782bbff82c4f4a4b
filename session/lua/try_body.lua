#!lua
-- Try whether a body could be kept now, by a write that leaves nothing behind, and say when the sweep last looked.
-- It is refused when `store_body` is, and by the same mark.

local trial = KEYS.trial        -- string: written and taken away
local counters = KEYS.counters  -- hash: what happened, counted

local mark = tonumber(ARGV.mark)  -- per cent of the server's memory above which nothing is kept; 100: it decides

local memory_used = SHARED.memory_used  -- function: per cent of the memory that are used, if they come up to a mark

-- Returns {'kept', ms since the epoch when the sweep last looked, '0' for never} or {'full', per cent that are used}.

local full = memory_used(mark)
if full then
  return {'full', full}
end

redis.call('SET', trial, '', 'PX', 1000)
redis.call('DEL', trial)
-- If the counters are no hash, the time is not known; the sweep makes them anew.
local swept = redis.pcall('HGET', counters, 'swept')
return {'kept', type(swept) == 'string' and swept or '0'}
