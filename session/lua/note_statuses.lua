#!lua flags=allow-oom
-- Store the statuses that providers report for deliveries, in their order. A state only moves forward.

local events = KEYS.events                      -- stream: the event stream
local due = KEYS.due                            -- sorted set: what must happen -> when
local dead = KEYS.dead                          -- stream: dead letters
local forgotten = KEYS.forgotten                -- sorted set: hashes of what was forgotten -> until when they are known
local secret = KEYS.secret                      -- string: what the hashes are made with
local first_key, last_key = KEYS.conversations  -- for each conversation the states of its deliveries (hash), the lease of its
                                                -- outbox (hash), its outbox (list)

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local keep_for = ARGV.keep_for                -- ms after which the states expire
local event_cap = ARGV.event_cap              -- about how many events are kept
local members, last_member = ARGV.members     -- the due members of the outboxes, each with its conversation
local first, past = ARGV.statuses             -- number of the conversation (1..n), the delivery, its new state, then names and values
                                              -- of the event and of a dead letter, if it is one, each after their count

local keep_state = SHARED.keep_state  -- function: store the state of a delivery
local PROGRESS = SHARED.PROGRESS      -- table: how far each state is

-- Returns {'noted', for each status 1 if it is new, else 0}.

-- Commands that may fail come before the first write, because a stored state is not written again.
redis.call('XLEN', events)
redis.call('XLEN', dead)
redis.call('ZCARD', due)
local salt = redis.call('ZCARD', forgotten) > 0 and (redis.call('GET', secret) or '')
local own = {}
for k = first_key, last_key, 3 do
  local m = members + 2 * #own
  own[#own + 1] = { deliveries = KEYS[k], lease = KEYS[k + 1], outbox = KEYS[k + 2], member = ARGV[m],
    conversation = ARGV[m + 1], states = {} }
end

-- A status of a reply from before its customer was forgotten is dropped. A reply that was queued since is in the outbox
-- until its own state is stored.
local function is_forgotten(one, id)
  local till = redis.call('ZSCORE', forgotten, redis.sha1hex(salt .. one.conversation))
  if not till or tonumber(till) <= now then
    return false
  end
  for _, entry in ipairs(redis.call('LRANGE', one.outbox, 0, -1)) do
    local readable, delivery = pcall(cjson.decode, entry)
    if readable and type(delivery) == 'table' and delivery.id == id then
      return false
    end
  end
  return true
end

local reply = {'noted'}
local news = {}
local at = first
while at <= past do
  local one, id, state = own[tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2]
  local event, letter = at + 4, at + 5 + ARGV[at + 3]
  local stands = one.states[id]
  if stands == nil then
    stands = redis.call('HGET', one.deliveries, id)
    if not stands and salt and is_forgotten(one, id) then
      stands = ''
    end
  end
  local held = stands == 'unknown' and redis.call('HMGET', one.lease, 'holder', 'sending')
  local is_new = not stands or PROGRESS[stands] ~= nil and PROGRESS[stands] < PROGRESS[state]
  one.states[id] = is_new and state or stands
  reply[#reply + 1] = is_new and 1 or 0
  at = letter + ARGV[letter - 1]
  if is_new then
    local awaited = held and held[1] == '' and held[2] == '1'
    news[#news + 1] = { one = one, id = id, state = state, awaited = awaited, event = event, letter = letter, next = at }
  end
end

for _, new in ipairs(news) do
  local one = new.one
  if one.states[new.id] == new.state then
    -- Only the furthest of several states of a delivery is worth a write.
    keep_state(one.deliveries, new.id, new.state)
    redis.call('PEXPIREAT', one.deliveries, now + keep_for)
  end
  if new.awaited then
    -- The outbox waits for this status: it is due now.
    redis.call('HSET', one.lease, 'until', now)
    redis.call('ZADD', due, 'XX', now, one.member)
  end
  redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, new.event, new.letter - 2))
  if new.letter < new.next then
    redis.call('XADD', dead, '*', unpack(ARGV, new.letter, new.next - 1))
  end
end
return reply
