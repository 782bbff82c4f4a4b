-- Functions that several scripts use. The loader replaces `SHARED.<name>` in a script by the function, and `SHARED.<NAME>` by
-- a constant of Python: see session/store/scripts.py.

-- Return the answer to a caller who has lost the lease, or nil if the lease is still held under this fence.
local function refusal(lease, fence, holder)
  local held = redis.call('HMGET', lease, 'fence', 'holder')
  if held[1] ~= fence or held[2] ~= holder then
    return {'stale', tonumber(held[1] or 0)}
  end
end

-- Return how many per cent of the server's memory are in use if that is at or above a mark; nil if not, or if the mark is 100.
-- The script reads it: that costs no round trip, and in a cluster it is the memory of the right server.
local function memory_used(mark)
  local memory = mark < 100 and redis.pcall('INFO', 'memory')
  if type(memory) ~= 'string' then
    return nil
  end
  local function bytes(name)
    return tonumber(string.match(memory, '\n' .. name .. ':(%d+)') or 0)
  end
  local limit = bytes('maxmemory')
  -- It includes what the client is sending now.
  local used = bytes('used_memory') - bytes('mem_not_counted_for_evict')
  if limit > 0 and used * 100 >= limit * mark then
    return math.floor(used * 100 / limit)
  end
end

-- Store the state of a delivery. A hash of this size keeps short ids in the order of insertion: the older half is removed.
local function keep_state(deliveries, id, state)
  if redis.call('HLEN', deliveries) >= 100 then
    local ids = redis.call('HKEYS', deliveries)
    redis.call('HDEL', deliveries, unpack(ids, 1, 50))
  end
  redis.call('HSET', deliveries, id, state)
end

-- Add the dead letters between two places of ARGV, each a count of fields, then names and values.
local function keep_letters(dead, first, last)
  local at = first
  while at <= last do
    local size = tonumber(ARGV[at])
    redis.call('XADD', dead, '*', unpack(ARGV, at + 1, at + size))
    at = at + 1 + size
  end
end

-- Return the value of a counter; 0 if it is not a number.
local function counted(text)
  return math.min(SHARED.MOST_COUNTED, tonumber(string.match(text or '', '^%d+$') or 0))
end

-- Return the fields of a stream entry by name.
local function as_table(fields)
  local found = {}
  for i = 1, #fields, 2 do
    found[fields[i]] = fields[i + 1]
  end
  return found
end

-- Tell the process that takes a turn that something has come, if it wants to hear it. Nothing depends on its arrival.
local function tell_holder(lease, what, conversation)
  local wanted = redis.pcall('HMGET', lease, 'listener', 'hears')
  local listener = wanted[1]
  if listener and listener ~= '' and (what ~= 'message' or wanted[2] == 'messages') then
    redis.pcall('PUBLISH', listener, what .. '|' .. conversation)
  end
end

-- Return whether an entry of a mailbox is an action that silences the assistant.
local function silences(entry)
  local silencing = SHARED.SILENCING
  return silencing[string.match(entry, SHARED.ACTION_TYPE)]
end
