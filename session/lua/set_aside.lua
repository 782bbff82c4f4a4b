#!lua flags=allow-oom
-- Move unreadable records of a conversation to the dead letters, with their bytes, so that the conversation continues.

local due = KEYS.due          -- sorted set: what must happen -> when
local events = KEYS.events    -- stream: the event stream
local dead = KEYS.dead        -- stream: dead letters
local waiting = KEYS.waiting  -- sorted set: conversation for an agent -> since when
local session = KEYS.session  -- string: the session as JSON
local mailbox = KEYS.mailbox  -- list: waiting messages and actions, oldest first
local outbox = KEYS.outbox    -- list: waiting deliveries, oldest first
local lease = KEYS.lease      -- hash: who takes the turn, sends, or fetches
local paused = KEYS.paused    -- hash: sender -> why nothing is sent through it
local media = KEYS.media      -- hash: what becomes of its media

local fence = ARGV.fence                        -- the caller's fence; '' if it holds no lease
local holder = ARGV.holder                      -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW    -- ms since the epoch, by the clock of the server
local conversation = ARGV.conversation          -- as `waiting` and the letters name it
local idle_timeout_due = ARGV.idle_timeout_due  -- due member: the idle time-out of the session
local event_cap = ARGV.event_cap                -- about how many events are kept
local first, past = ARGV.records                -- place ('session', 'mailbox', 'outbox', 'media', 'paused'), why, and the bytes as they were read

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'aside', how many were moved}, {'stale', fence of the present holder} or, if the caller has no lease,
-- {'busy', until}. A record that has changed meanwhile stays.

local refused = fence ~= '' and refusal(lease, fence, holder)
if refused then
  return refused
end
local held = redis.call('HMGET', lease, 'holder', 'until')
if fence == '' and held[1] and held[1] ~= '' and tonumber(held[2] or 0) > now then
  return {'busy', tonumber(held[2])}
end
redis.call('ZCARD', due)
redis.call('XLEN', events)
redis.call('XLEN', dead)
redis.call('ZCARD', waiting)

local was, came, queued, places = '', {}, {}, {}

-- When the entry was stored, if that can be read: the counters need it.
local function began(raw, name, into)
  into[#into + 1] = string.match(raw, '"' .. name .. '":(%d+)[,}]')
end

-- Remove the bytes; returns whether they were still there.
local function taken(place, raw)
  if place == 'mailbox' then
    began(raw, 'receivedAt', came)
    return redis.call('LREM', mailbox, 1, raw) == 1
  end
  if place == 'outbox' then
    began(raw, 'queuedAt', queued)
    if redis.call('LREM', outbox, 1, raw) == 0 then
      return false
    end
    if fence ~= '' then
      -- Its doubts do not apply to the next delivery.
      redis.call('HSET', lease, 'sending', 1, 'doubts', 0)
    end
    return true
  end
  if place == 'paused' or place == 'media' then
    local hash = place == 'paused' and paused or media
    local parts, gone = redis.call('HGETALL', hash), false
    for i = 1, #parts, 2 do
      gone = parts[i + 1] == raw and redis.call('HDEL', hash, parts[i]) == 1 or gone
    end
    return gone
  end
  if redis.call('GET', session) ~= raw then
    return false
  end
  local state = string.match(raw, '"state":"([A-Z_]+)"')
  if state then
    was = state .. string.format('@%.0f', math.max(0, redis.call('PEXPIRETIME', session)))
  end
  redis.call('DEL', session)
  redis.call('ZREM', due, idle_timeout_due)
  redis.call('ZREM', waiting, conversation)
  return true
end

for i = first, past, 3 do
  local place, why, raw = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if taken(place, raw) then
    places[#places + 1] = '"' .. place .. '"'
    local whose = place ~= 'paused' and {'conversation', conversation} or {}
    redis.call('XADD', dead, '*', 'kind', 'unreadable', 'place', place, 'why', why, 'at', now, 'raw', raw,
      unpack(whose))
  end
end
if #places > 0 then
  local function listed(values)
    return '[' .. table.concat(values, ',') .. ']'
  end
  redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'conversation', conversation, 'at', now,
    'unreadable', listed(places), 'came', listed(came), 'queued', listed(queued), 'was', was)
  if fence ~= '' then
    -- Earlier attempts failed because of these records: the next entry starts with none, and was never sent.
    redis.call('HSET', lease, 'attempts', 1, 'crashes', 0)
    if string.find(table.concat(places), 'outbox', 1, true) then
      redis.call('HSET', lease, 'sending', 0, 'doubts', 0)
    end
  end
end
return {'aside', #places}
