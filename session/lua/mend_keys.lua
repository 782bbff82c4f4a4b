#!lua flags=allow-oom
-- Put aside what stands where scripts expect something else: keys of a wrong type, leases and counters that are no numbers.

local dead     = KEYS[1]  -- stream: dead letters
local fences   = KEYS[2]  -- counter: the last fence given out
local session  = KEYS[3]  -- string: the session as JSON; of a shard: `dead` again, as the next
local mailbox  = KEYS[4]  -- list: waiting messages and actions
local first    = 5        -- KEYS[5..]: the keys to look at

local now      = ARGV[1]  -- ms since the epoch, by the caller's clock
local too_late = tonumber(ARGV[2])  -- no lease lasts so long, in ms
local conversation = ARGV[3]        -- whose keys they are, '' if they belong to a shard
local states   = ARGV[4]  -- how far a delivery can come, each between two spaces
local keep_till = ARGV[5] -- when what takes the place of a silence or a lease expires, in ms
local most     = tonumber(ARGV[6])  -- no lease counts so many attempts
local per_key  = 7        -- ARGV[7..]: for each key its type, and what it is: 'lease', 'sends', 'states', 'silence', 'fence' or ''

-- Returns {'mended', how many were put aside}. A letter holds the value of a string or a field as it is, anything else
-- as DUMP writes it.

local mended = 0

local function set_aside(place, why, raw)
  local whose = conversation ~= '' and {'conversation', conversation} or {}
  redis.call('XADD', dead, '*', 'kind', 'unreadable', 'place', place, 'why', why, 'at', now, 'raw', raw, unpack(whose))
  mended = mended + 1
end

local function whole(value)
  return value and string.match(value, '^%d+$') and #value <= 15
end

local function lease_is_right(key)
  local held = redis.call('HMGET', key, 'until', 'attempts', 'sending', 'fence', 'doubts', 'crashes')
  for place = 1, 6 do
    if held[place] and not whole(held[place]) then
      return false
    end
  end
  return tonumber(held[1] or 0) < too_late and tonumber(held[2] or 0) <= most
end

-- Which replies of the assistant are not sent, when it cannot be read: all that a person may have taken over from.
local function silence_as_far_as_known()
  local entries = redis.call('TYPE', mailbox)['ok'] == 'list' and redis.call('LRANGE', mailbox, 0, -1) or {}
  for _, entry in ipairs(entries) do
    local deed = string.match(entry, '^{"deed":"([a-z_]+)"')
    if deed == 'take_over' or deed == 'echo' or deed == 'answer' then
      return 'all'
    end
  end
  local record = redis.call('MGET', session)[1]
  return record and string.find(record, '"state":"WAITING_AGENT"', 1, true) and redis.call('INCR', fences)
end

for k = first, #KEYS do
  local key, expected, what = KEYS[k], ARGV[per_key + 2 * (k - first)], ARGV[per_key + 2 * (k - first) + 1]
  local found = redis.call('TYPE', key)['ok']
  local wrong = nil
  if found == 'none' then
    wrong = nil
  elseif found ~= expected then
    wrong = 'a ' .. found .. ' where a ' .. expected .. ' should be'
  elseif (what == 'lease' or what == 'sends') and not lease_is_right(key) then
    wrong = 'not a lease'
  elseif what == 'silence' and redis.call('GET', key) ~= 'all' and not whole(redis.call('GET', key)) then
    wrong = 'not a fence'
  elseif what == 'fence' and not whole(redis.call('GET', key)) then
    wrong = 'not a fence'
  end
  if wrong then
    local raw = found == 'string' and redis.call('GET', key) or redis.call('DUMP', key)
    local sent = found == 'hash' and redis.call('HGET', key, 'sending') == '0'
    redis.call('DEL', key)
    if what == 'sends' and not sent then
      -- Somebody may have been in the middle of a send.
      redis.call('HSET', key, 'sending', 1)
      redis.call('PEXPIREAT', key, keep_till)
    end
    if what == 'fence' then
      -- Higher than any that was given out.
      redis.call('SET', key, now)
    end
    local upto = what == 'silence' and silence_as_far_as_known()
    if upto then
      redis.call('SET', key, upto, 'PXAT', keep_till)
    end
    set_aside(key, wrong, raw)
  elseif what == 'states' and found == 'hash' then
    local fields = redis.call('HGETALL', key)
    for i = 1, #fields, 2 do
      if not string.find(states, ' ' .. fields[i + 1] .. ' ', 1, true) then
        redis.call('HDEL', key, fields[i])
        set_aside(key, 'not a state: ' .. fields[i], fields[i + 1])
      end
    end
  end
end
return {'mended', mended}
