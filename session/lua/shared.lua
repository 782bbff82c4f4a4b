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

-- Store a short field of a hash that keeps 100. A hash of this size has them in the order of insertion: the older half is removed.
local function keep_newest(hash, field, value)
  if redis.call('HLEN', hash) >= 100 then
    redis.call('HDEL', hash, unpack(redis.call('HKEYS', hash), 1, 50))
  end
  redis.call('HSET', hash, field, value)
end

-- Return under which name a provider's id of a reply is kept: ids are too long for a hash that keeps the order.
local function short_of(provider_id)
  return string.sub(redis.sha1hex(provider_id), 1, 16)
end

-- Return {provider's id, delivery, ...} of the replies that messages point at.
local function pointed_at(provider_ids, messages)
  local short_of = SHARED.short_of
  local known = {}
  for _, entry in ipairs(messages) do
    local id = string.match(entry, '"replyTo":"([^"\\]+)"')
    local found = id and redis.pcall('HGET', provider_ids, short_of(id))
    if type(found) == 'string' then
      known[#known + 1] = id
      known[#known + 1] = found
    end
  end
  return known
end

-- Return what is known of the replies of a conversation: the states as 'id state id state', {provider's id, delivery, ...} for
-- those that waiting messages point at, and, if some are not sent yet, the silence or '', the STOP or '', and the newest of
-- them. A key of a wrong type is found by those who need it; nothing is known then.
local function what_was_said(deliveries, provider_ids, outbox, silence, stop, unsent, waiting)
  local pointed_at = SHARED.pointed_at
  local states = redis.pcall('HGETALL', deliveries)
  local said = { states.err and '' or table.concat(states, ' '), pointed_at(provider_ids, waiting) }
  if unsent > 0 then
    for _, key in ipairs({ silence, stop }) do
      local since = redis.pcall('GET', key)
      said[#said + 1] = type(since) == 'string' and since or ''
    end
    local newest = redis.pcall('LRANGE', outbox, -100, -1)
    for _, entry in ipairs(newest.err and {} or newest) do
      said[#said + 1] = entry
    end
  end
  return said
end

-- Note media that are to be fetched: a JSON object of field -> record. Beyond 500 those that were fetched are forgotten, oldest
-- first; if all of them wait, nothing more is noted. Expires when the provider has them no more.
local function note_media(media, records, expires_at)
  if redis.call('HLEN', media) >= 500 then
    local done, at = {}, {}
    local all = redis.call('HGETALL', media)
    for i = 1, #all, 2 do
      if not string.find(all[i + 1], SHARED.MEDIUM_WAITS) then
        done[#done + 1] = all[i]
        at[all[i]] = tonumber(string.match(all[i + 1], '"at":(%d+)') or 0)
      end
    end
    table.sort(done, function(one, other) return at[one] < at[other] end)
    for i = 1, math.min(#done, 250) do
      redis.call('HDEL', media, done[i])
    end
    if #done == 0 then
      return
    end
  end
  for field, record in pairs(cjson.decode(records)) do
    redis.call('HSET', media, field, record)
  end
  redis.call('PEXPIREAT', media, expires_at)
end

-- Return field, record, ... of the media of waiting messages, of what they edit, and of those that were missing in a session when it was written
-- ('' for none). Nothing is known if the key has a wrong type.
local function media_of(media, waiting, session)
  local fields = redis.pcall('HKEYS', media)
  local found = {}
  if fields.err or #fields == 0 then
    return found
  end
  local here = {}
  for _, entry in ipairs(waiting) do
    here[string.match(entry, '"id":"([^"\\]+)"') or ''] = true
    here[string.match(entry, '"replyTo":"([^"\\]+)"') or ''] = true
  end
  local is_missing = string.find(session, '"whyNot":"', 1, true)
  for _, field in ipairs(fields) do
    local id = string.match(field, '^(.*)/%d+$') or ''
    if here[id] or is_missing and string.find(session, '"messageId":"' .. id .. '"', 1, true) then
      found[#found + 1] = field
      found[#found + 1] = redis.call('HGET', media, field)
    end
  end
  return found
end

-- Let a turn be taken at once that waits for one of these: 'waits' for media, 'gathers' for further messages. Return whether it did.
local function end_wait(lease, due, member, now, wake_after, ...)
  local waited = redis.pcall('HDEL', lease, ...)
  -- If a turn is in progress, it is noted no more that what comes meanwhile gathers: it follows at once.
  if type(waited) ~= 'number' or waited == 0 or redis.call('HGET', lease, 'holder') ~= '' then
    return false
  end
  redis.call('HSET', lease, 'until', now)
  redis.call('ZADD', due, now + wake_after, member)
  return true
end

-- Return what a lease says of a burst: until when its messages gather, until when at latest, both in ms, and how many they are.
local function burst_of(gathers)
  local till, latest, count = string.match(gathers or '', '^(%d+) (%d+) (%d+)$')
  return tonumber(till), tonumber(latest), tonumber(count)
end

-- Return whether one of these media, each in a line, still waits.
local function still_waits(media, fields)
  for field in string.gmatch(fields, '[^\n]+') do
    local record = redis.pcall('HGET', media, field)
    if type(record) == 'string' and string.find(record, SHARED.MEDIUM_WAITS) then
      return true
    end
  end
  return false
end

-- Make timers due when the earliest of those rings that have not; none: they are not due. They are kept for some time after the
-- last one.
local function make_timers_due(timers, due, member, now, keep_for)
  local earliest, latest = nil, now
  local records = redis.call('HVALS', timers)
  for _, record in ipairs(records) do
    local at = tonumber(string.match(record, SHARED.TIMER_AT) or nil)
    if at then
      earliest, latest = math.min(at, earliest or at), math.max(at, latest)
    end
  end
  if earliest then
    redis.call('ZADD', due, earliest, member)
  else
    redis.call('ZREM', due, member)
  end
  if #records > 0 then
    redis.call('PEXPIREAT', timers, latest + keep_for)
  end
end

-- Remove all timers; return their names as JSON, nil if there were none.
local function drop_timers(timers, due, member)
  local names = redis.pcall('HKEYS', timers)
  redis.call('ZREM', due, member)
  if names.err or #names == 0 then
    return nil
  end
  redis.call('DEL', timers)
  return cjson.encode(names)
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

-- Return how many entries were ever added to a stream.
local function added_to(stream)
  local told = redis.call('EXISTS', stream) == 1 and redis.call('XINFO', 'STREAM', stream) or {}
  for i = 1, #told, 2 do
    if told[i] == 'entries-added' then
      return tonumber(told[i + 1])
    end
  end
  return 0
end

-- Add to what was spent today: a hash that has one day only, by the clock of the server, in UTC.
local function spend(spent, now, unit, sender, more)
  local day = string.format('%.0f', math.floor(now / 86400000))
  if redis.call('HGET', spent, 'day') ~= day then
    redis.call('DEL', spent)
    redis.call('HSET', spent, 'day', day)
    redis.call('PEXPIREAT', spent, now + 2 * 86400000)
  end
  if type(redis.pcall('HINCRBY', spent, unit .. '|' .. sender, more)) ~= 'number' then
    redis.call('HSET', spent, unit .. '|' .. sender, more) -- it was not a number: counting starts again
  end
end
