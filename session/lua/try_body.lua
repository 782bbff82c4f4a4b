#!lua
-- Try whether a body could be kept now, by a write that leaves nothing behind, and say when the sweep last looked.
-- It is refused when `store_body` is, and by the same mark.

local trial = KEYS[1]  -- string: written and taken away
local counters = KEYS[2]  -- hash: what happened, counted

local mark  = tonumber(ARGV[1])  -- per cent of the server's memory above which nothing is kept; 100: it decides

-- Returns {'kept', ms since the epoch when the sweep last looked, '0' for never} or {'full', per cent that are used}.

local memory = mark < 100 and redis.pcall('INFO', 'memory')
if type(memory) == 'string' then
  local function bytes(name)
    return tonumber(string.match(memory, '\n' .. name .. ':(%d+)') or 0)
  end
  local limit = bytes('maxmemory')
  local used = bytes('used_memory') - bytes('mem_not_counted_for_evict')
  if limit > 0 and used * 100 >= limit * mark then
    return {'full', math.floor(used * 100 / limit)}
  end
end

redis.call('SET', trial, '', 'PX', 1000)
redis.call('DEL', trial)
-- Of a counters that is none nobody knows when; the sweep makes it anew.
local swept = redis.pcall('HGET', counters, 'swept')
return {'kept', type(swept) == 'string' and swept or '0'}
