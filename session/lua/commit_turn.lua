#!lua flags=allow-oom
-- Close a turn: write the session, drop what it took from the mailbox, queue its replies, count, and go on or let go.

local lease      = KEYS[1]   -- hash: who takes the turn
local session    = KEYS[2]   -- string: the session as JSON
local mailbox    = KEYS[3]   -- list: waiting messages and actions, oldest first
local outbox     = KEYS[4]   -- list: waiting deliveries, oldest first
local messages   = KEYS[5]   -- string: messages counted; its expiry is the end of the window
local searches   = KEYS[6]   -- string: searches counted; its expiry is the end of the window
local due        = KEYS[7]   -- sorted set: what must happen -> when
local fences     = KEYS[8]   -- counter: the last fence given out
local events     = KEYS[9]   -- stream: what happened
local dead       = KEYS[10]  -- stream: dead letters
local opt_out    = KEYS[11]  -- string: the customer wants nothing to be sent
local stop       = KEYS[12]  -- string: which replies are not sent, whoever says them
local first_people = 13      -- KEYS[13..]: none, unless agents have a part in it: `silence` (string), which replies of
                             -- the assistant are not sent, and `waiting` (sorted set), conversations for agents

local fence       = ARGV[1]             -- the caller's fence
local holder      = ARGV[2]             -- the caller's id
local now         = tonumber(ARGV[3])   -- ms since the epoch, by the caller's clock
local till        = ARGV[4]             -- when the lease runs out if it goes on, in ms
local record      = ARGV[5]             -- the session as JSON, '' if none is written
local forget_at   = ARGV[6]             -- when the session is forgotten, in ms
local consumed    = tonumber(ARGV[7])   -- entries taken from the head of the mailbox
local said        = tonumber(ARGV[8])   -- messages to count
local searched    = tonumber(ARGV[9])   -- searches to count
local window_end  = ARGV[10]            -- end of a window that begins now, in ms
local idle_timeout_at    = tonumber(ARGV[11])  -- when the quiet session changes by itself, in ms; 0: never
local wake_by     = ARGV[12]            -- when the sweep wakes again if a wake-up is lost, in ms
local limit       = tonumber(ARGV[13])  -- the most messages to go on with; 0: do not go on
local turn_due    = ARGV[14]            -- due member: a turn must be taken
local deliver_due = ARGV[15]            -- due member: replies must be sent
local idle_timeout_due   = ARGV[16]            -- due member: the session changes by itself
local event_cap   = ARGV[17]            -- about how many events are kept
local consent     = ARGV[18]            -- 'out' if the customer opts out, 'in' if back in, '' for neither
local n_replies   = tonumber(ARGV[19])  -- deliveries to queue
local n_changes   = tonumber(ARGV[20])  -- names and values of what happened, together
local first_reply  = 21                             -- ARGV[21..]: deliveries as JSON, in order
local first_change = first_reply + n_replies        -- then the names and values of the event
local first_dead   = first_change + n_changes       -- then dead letters: a count of fields, names and values; before
                                                    -- them, with the two keys: 'begins', 'ends' or '' for the silence,
                                                    -- when it expires, the conversation, since when it waits in ms or ''

-- Returns {'stale', fence of the present holder} and has written nothing, or {'committed', 1 if a delivery must
-- be woken, messages left, fence to go on with or 0, messages counted, end of their window, searches counted,
-- end of their window, deliveries that wait, message, ...}. A fence of 0 says that the lease was given back.

local held = redis.call('HMGET', lease, 'fence', 'holder', 'crashes')
if held[1] ~= fence or held[2] ~= holder then
  return {'stale', tonumber(held[1] or 0)}
end

-- Whatever may fail does so before anything is written: a turn is written whole or not at all.
redis.call('LLEN', mailbox)
redis.call('LLEN', outbox)
redis.call('ZCARD', due)
redis.call('XLEN', events)
if #KEYS >= first_people then
  redis.call('ZCARD', KEYS[first_people + 1])
end
if first_dead <= #ARGV then
  redis.call('XLEN', dead)
end

if record ~= '' then
  redis.call('SET', session, record, 'PXAT', forget_at)
  if idle_timeout_at > 0 then
    redis.call('ZADD', due, idle_timeout_at, idle_timeout_due)
  else
    redis.call('ZREM', due, idle_timeout_due)
  end
end
redis.call('LTRIM', mailbox, consumed, -1)
if consent == 'out' then
  redis.call('SET', opt_out, now)
elseif consent == 'in' then
  redis.call('DEL', opt_out)
end

local function count(counter, more)
  if more > 0 then
    local counts = redis.call('PEXPIRETIME', counter) > now and redis.pcall('INCRBY', counter, more)
    if type(counts) ~= 'number' then
      -- No window is open, or what stands there is no number: one begins.
      redis.call('SET', counter, more, 'PXAT', window_end)
    end
  end
end
-- The STOP that waited for its turn has had it, unless it still waits: from here on replies leave again, new ones only.
local stopped_by = string.match(redis.pcall('GET', stop) or '', '^all (.*)$')
if stopped_by then
  local waits = false
  for _, entry in ipairs(redis.call('LRANGE', mailbox, 0, -1)) do
    waits = waits or string.find(entry, '"id":"' .. stopped_by .. '"', 1, true) ~= nil
  end
  if not waits then
    redis.call('SET', stop, fence, 'KEEPTTL')
  end
end

count(messages, said)
count(searches, searched)

local wake_delivery = 0
if n_replies > 0 then
  redis.call('RPUSH', outbox, unpack(ARGV, first_reply, first_reply + n_replies - 1))
  wake_delivery = redis.call('ZADD', due, 'NX', wake_by, deliver_due)
end

redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first_change, first_change + n_changes - 1))
local at = first_dead
if #KEYS >= first_people then
  local silence, waiting = KEYS[first_people], KEYS[first_people + 1]
  local change, silence_till, conversation, since = unpack(ARGV, at, at + 3)
  at = at + 4
  if since ~= '' then
    redis.call('ZADD', waiting, since, conversation)
  else
    redis.call('ZREM', waiting, conversation)
  end
  local all = redis.pcall('GET', silence) == 'all'
  if change == 'begins' or change == 'ends' and all then
    local upto = fence
    for _, entry in ipairs(all and redis.call('LRANGE', mailbox, 0, -1) or {}) do
      local deed = string.match(entry, '^{"deed":"([a-z_]+)"')
      if deed == 'take_over' or deed == 'echo' or deed == 'answer' then
        -- Another one waits that has silenced the assistant, and will end that in its turn.
        upto = 'all'
      end
    end
    redis.call('SET', silence, upto, 'PXAT', silence_till)
  end
end
while at <= #ARGV do
  local size = tonumber(ARGV[at])
  redis.call('XADD', dead, '*', unpack(ARGV, at + 1, at + size))
  at = at + 1 + size
end

local left = redis.call('LLEN', mailbox)
if left == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, turn_due)
  return {'committed', wake_delivery, 0, 0}
end
if limit == 0 then
  if tonumber(held[3] or 0) > 1 then
    -- What is left waited with what may have killed its process, or is what did: it is taken alone as well.
    redis.call('HSET', lease, 'holder', '', 'until', now, 'attempts', 0, 'alone', '')
  else
    redis.call('DEL', lease)
  end
  redis.call('ZADD', due, wake_by, turn_due)
  return {'committed', wake_delivery, left, 0}
end

local function used(counter)
  return math.min(1e15, tonumber(string.match(redis.call('MGET', counter)[1] or '', '^%d+$') or 0))
end

-- A new fence for what goes on: this very commit, repeated after its answer was lost, must find itself stale.
local next_fence = redis.call('INCR', fences)
redis.call('HSET', lease, 'fence', next_fence, 'until', till, 'attempts', 1, 'crashes', 0, 'alone', '')
redis.call('ZADD', due, till, turn_due)
return {
  'committed', wake_delivery, left, next_fence,
  used(messages), math.max(0, redis.call('PEXPIRETIME', messages)),
  used(searches), math.max(0, redis.call('PEXPIRETIME', searches)), redis.call('LLEN', outbox),
  unpack(redis.call('LRANGE', mailbox, 0, limit - 1))
}
