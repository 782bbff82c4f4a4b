#!lua flags=allow-oom
-- Move what other scripts cannot use to the dead letters: keys of a wrong type, leases and counters that are not numbers.

local dead = KEYS.dead           -- stream: dead letters
local fences = KEYS.fences       -- counter: the last fence given out
local session = KEYS.session     -- string: the session as JSON; for the keys of a shard `dead` again, and so is the next
local mailbox = KEYS.mailbox     -- list: waiting messages and actions
local first, past = KEYS.places  -- the keys to look at

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local too_late = ARGV.too_late                -- a lease that expires later than after so many ms is invalid
local conversation = ARGV.conversation        -- whose keys they are, '' if they belong to a shard
local states = ARGV.states                    -- the valid states of a delivery, each between two spaces
local keep_for = ARGV.keep_for                -- ms after which the replacement of a silence or a lease expires
local most = tonumber(ARGV.most)              -- a lease with more attempts is invalid
local first_shape, last_shape = ARGV.shapes   -- for each key its type, and what it is: 'lease', 'sends', 'states', 'silence', 'fence' or ''

local ALL = SHARED.ALL            -- the silence that covers all replies
local silences = SHARED.silences  -- function: whether an entry of a mailbox silences the assistant
local WAITING = SHARED.WAITING    -- the part of a session's JSON that says that it waits for an agent

-- Returns {'mended', how many were moved}. A letter contains the value of a string or a field unchanged, anything else in
-- the form of DUMP.

local mended, keep_till = 0, now + keep_for

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
  return tonumber(held[1] or 0) < now + too_late and tonumber(held[2] or 0) <= most
end

-- The silence that replaces an unreadable one: it covers every reply that a takeover may have cancelled.
local function silence_as_far_as_known()
  local entries = redis.call('TYPE', mailbox)['ok'] == 'list' and redis.call('LRANGE', mailbox, 0, -1) or {}
  for _, entry in ipairs(entries) do
    if silences(entry) then
      return ALL
    end
  end
  local record = redis.call('MGET', session)[1]
  return record and string.find(record, WAITING, 1, true) and redis.call('INCR', fences)
end

for k = first, past do
  local shape = first_shape + 2 * (k - first)
  local key, expected, what = KEYS[k], ARGV[shape], ARGV[shape + 1]
  local found = redis.call('TYPE', key)['ok']
  local wrong = nil
  if found == 'none' then
    wrong = nil
  elseif found ~= expected then
    wrong = 'a ' .. found .. ' where a ' .. expected .. ' should be'
  elseif (what == 'lease' or what == 'sends') and not lease_is_right(key) then
    wrong = 'not a lease'
  elseif what == 'silence' and redis.call('GET', key) ~= ALL and not whole(redis.call('GET', key)) then
    wrong = 'not a fence'
  elseif what == 'fence' and not whole(redis.call('GET', key)) then
    wrong = 'not a fence'
  end
  if wrong then
    local raw = found == 'string' and redis.call('GET', key) or redis.call('DUMP', key)
    local sent = found == 'hash' and redis.call('HGET', key, 'sending') == '0'
    redis.call('DEL', key)
    if what == 'sends' and not sent then
      -- A send may have been in progress.
      redis.call('HSET', key, 'sending', 1)
      redis.call('PEXPIREAT', key, keep_till)
    end
    if what == 'fence' then
      -- Higher than any fence that was given out.
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
