#!lua
-- Test whether a body could be stored now, by a write that is undone at once, and say when the last sweep was.
-- It is refused when `store_body` is, from the same use of memory on.

local trial = KEYS.trial        -- string: written and removed
local counters = KEYS.counters  -- hash: the counters

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local mark = tonumber(ARGV.mark)              -- per cent of memory from which on nothing is stored; 100: the server decides

local memory_used = SHARED.memory_used  -- function: per cent of memory in use, if at or above a mark

-- Returns {'kept', time of the last sweep in ms since the epoch, '0' for never, the present time in ms} or {'full', per cent of memory in use}.

local full = memory_used(mark)
if full then
  return {'full', full}
end

redis.call('SET', trial, '', 'PX', 1000)
redis.call('DEL', trial)
-- If the key of the counters has a wrong type, the time is unknown; the sweep repairs the key.
local swept = redis.pcall('HGET', counters, 'swept')
return {'kept', type(swept) == 'string' and swept or '0', now}
