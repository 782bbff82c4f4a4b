#!lua flags=allow-oom
-- Remove all keys of one customer, and its members of the due index.

local due = KEYS.due                     -- sorted set: what must happen -> when
local events = KEYS.events               -- stream: the event stream
local waiting = KEYS.waiting             -- sorted set: conversation for an agent -> since when
local forgotten = KEYS.forgotten         -- sorted set: hashes of what was forgotten -> until when they are known
local secret = KEYS.secret               -- string: what the hashes are made with
local session = KEYS.session             -- string: the session as JSON
local mailbox = KEYS.mailbox             -- list: waiting messages and actions, oldest first
local outbox = KEYS.outbox               -- list: waiting deliveries
local lease = KEYS.lease                 -- hash: who takes the turn
local seen = KEYS.seen                   -- sorted set: ids already received
local silence = KEYS.silence             -- string: which replies of the assistant are not sent
local stop = KEYS.stop                   -- string: which replies are not sent, those of agents too
local first_key, last_key = KEYS.others  -- the customer's other keys

local now = tonumber(ARGV.now) or SHARED.NOW    -- ms since the epoch, by the clock of the server
local event_cap = ARGV.event_cap                -- about how many events are kept
local fence = ARGV.fence                        -- the caller's fence; '' if it is not done in a turn
local holder = ARGV.holder                      -- the caller's id
local consumed = tonumber(ARGV.consumed)        -- entries to remove from the head of the mailbox; -1: all
local wake_after = ARGV.wake_after              -- ms after which the sweep wakes the remaining entries if a wake-up is lost
local seen_for = ARGV.seen_for                  -- ms after which the ids of the remaining entries, and the hashes, expire
local conversation = ARGV.conversation          -- as `waiting` names it
local turn_due = ARGV.turn_due                  -- due member: a turn must be taken
local deliver_due = ARGV.deliver_due            -- due member: replies must be sent
local media_due = ARGV.media_due                -- due member: media must be fetched
local idle_timeout_due = ARGV.idle_timeout_due  -- due member: the idle time-out of the session
local timer_due = ARGV.timer_due                -- due member: timers ring
local fresh = ARGV.fresh                        -- the secret, if there is none yet
local traced = ARGV.traced                      -- 'yes' if there were other traces of the customer, else 'no'
local first_change, last_change = ARGV.event    -- names and values of the event
local first_id, last_id = ARGV.also_known       -- ids received under another name, and those of the customer's rows in campaigns

local refusal = SHARED.refusal        -- function: the answer to a caller who has lost the lease, else nil
local STOPPED_BY = SHARED.STOPPED_BY  -- pattern: the STOP that waits for its turn
local ALL = SHARED.ALL                -- the silence that covers all replies

-- Returns {'forgotten', keys removed, entries left in the mailbox} or {'stale', fence of the present holder}. The event
-- names no customer; it contains the times of what was removed, for the counters.

local refused = fence ~= '' and refusal(lease, fence, holder)
if refused then
  return refused
end

local seen_till = now + seen_for

-- A record as a table; an empty one if it cannot be read.
local function read(record)
  local readable, found = pcall(cjson.decode, record)
  return readable and type(found) == 'table' and found or {}
end

local function times(list, last, name)
  local found = {}
  for _, entry in ipairs(redis.call('LRANGE', list, 0, last)) do
    found[#found + 1] = string.format('%.0f', tonumber(read(entry)[name]) or 0)
  end
  return '[' .. table.concat(found, ',') .. ']'
end

local was = ''
local record = redis.call('GET', session)
if record then
  local till = math.max(0, redis.call('PEXPIRETIME', session))
  local state = read(record).state
  was = type(state) == 'string' and state .. string.format('@%.0f', till) or ''
end
local came = times(mailbox, consumed < 0 and -1 or consumed - 1, 'receivedAt')
local queued = times(outbox, -1, 'queuedAt')
local rest = consumed < 0 and {} or redis.call('LRANGE', mailbox, consumed, -1)
-- A row of a campaign was begun for who is forgotten; what the customer writes is new.
local rows, others = {}, {}
for i = first_id, last_id do
  rows[ARGV[i]] = string.sub(ARGV[i], 1, 9) == 'campaign:'
end
for _, entry in ipairs(rest) do
  local found = read(entry)
  if rows[found.id] then
    came = string.gsub(came, ']$', string.format('%s%.0f]', came == '[]' and '' or ',', tonumber(found.receivedAt) or 0))
  else
    others[#others + 1] = entry
  end
end
rest = others
local silenced = redis.call('GET', silence)
local stopped = redis.pcall('GET', stop) or ''
local stopped_by = type(stopped) == 'string' and string.match(stopped, STOPPED_BY)
local known = redis.pcall('ZRANGE', seen, 0, -1) -- nothing is known if the key has a wrong type

redis.call('ZCARD', due)
redis.call('ZCARD', waiting)
redis.call('XLEN', events)

redis.call('ZREM', due, turn_due, deliver_due, media_due, idle_timeout_due, timer_due)
redis.call('ZREM', waiting, conversation)
local removed = 0
for _, key in ipairs({session, mailbox, outbox, lease, seen, silence, stop}) do
  removed = removed + redis.call('DEL', key)
end
for i = first_key, last_key do
  removed = removed + redis.call('DEL', KEYS[i])
end

-- Entries behind the action that forgets stay; their ids remain known.
for _, entry in ipairs(rest) do
  redis.call('RPUSH', mailbox, entry)
  local id = read(entry).id
  if type(id) == 'string' then
    redis.call('ZADD', seen, now, id)
  end
  if id and id == stopped_by then
    -- A STOP among the remaining entries has not had its turn: until then nothing is sent.
    redis.call('SET', stop, stopped, 'PXAT', seen_till)
  end
end
if #rest > 0 then
  redis.call('PEXPIREAT', seen, seen_till)
  redis.call('ZADD', due, now + wake_after, turn_due)
  if silenced == ALL then
    -- An action among the remaining entries has silenced the assistant; its turn ends that.
    redis.call('SET', silence, silenced, 'PXAT', seen_till)
  end
end

-- Providers may deliver messages again, and report statuses of replies for days. Neither may recreate data of the
-- customer, so a hash of each is kept. What the customer writes from now on has another id, and is a new message.
if removed > 0 or traced == 'yes' then
  redis.call('SET', secret, fresh, 'NX')
  local salt = redis.call('GET', secret)
  redis.call('ZREMRANGEBYSCORE', forgotten, '-inf', now)
  redis.call('ZADD', forgotten, seen_till, redis.sha1hex(salt .. conversation))
  for _, id in ipairs(known) do
    redis.call('ZADD', forgotten, seen_till, redis.sha1hex(salt .. id))
  end
  for i = first_id, last_id do
    redis.call('ZADD', forgotten, seen_till, redis.sha1hex(salt .. ARGV[i]))
  end
  redis.call('PEXPIREAT', forgotten, seen_till)
end
if removed > 0 then
  redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*',
    'at', now, 'forgotten', '1', 'was', was, 'came', came, 'queued', queued, unpack(ARGV, first_change, last_change))
end
return {'forgotten', removed, #rest}
