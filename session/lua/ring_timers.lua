#!lua flags=allow-oom
-- Put the messages of timers that are due into their mailboxes, in the order of time, each once, and say which conversations
-- must be woken. What does not fit into a full mailbox rings later.

local due = KEYS.due                            -- sorted set: what must happen -> when
local events = KEYS.events                      -- stream: the event stream
local dead = KEYS.dead                          -- stream: dead letters
local counters = KEYS.counters                  -- hash: the counters
local first_key, last_key = KEYS.conversations  -- for each conversation its timers (hash), its mailbox (list), its opt-out
                                                -- (string), where it has moved (string), the lease of its turn (hash)

local now = tonumber(ARGV.now) or SHARED.NOW    -- ms since the epoch, by the clock of the server
local wake_after = ARGV.wake_after              -- ms after which the sweep wakes again if a wake-up is lost
local most = tonumber(ARGV.most)                -- the most messages that wait in a mailbox
local keep_for = ARGV.keep_for                  -- ms for which a timer is kept after it was due
local event_cap = ARGV.event_cap                -- about how many events are kept
local members, last_member = ARGV.members       -- for each conversation the due member of its timers, that of its turn, its name

local TIMER_AT = SHARED.TIMER_AT          -- pattern: the beginning of a timer that waits
local TIMER_RANG = SHARED.TIMER_RANG      -- the beginning of one that has rung, without its first character
local make_timers_due = SHARED.make_timers_due  -- function: make timers due when the earliest rings
local drop_timers = SHARED.drop_timers    -- function: remove all timers
local end_wait = SHARED.end_wait          -- function: let a turn be taken at once that waits

-- Returns {'rang', how many, numbers (1..) of the conversations to wake...}.

local n = (last_key - first_key + 1) / 5
-- Commands that may fail come before the first write.
redis.call('ZCARD', due)
redis.call('XLEN', events)
redis.call('XLEN', dead)
for c = 1, n do
  local k = first_key + 5 * (c - 1)
  redis.call('HLEN', KEYS[k])
  redis.call('LLEN', KEYS[k + 1])
end

local rang, woken = 0, {}
for c = 1, n do
  local k, m = first_key + 5 * (c - 1), members + 3 * (c - 1)
  local timers, mailbox = KEYS[k], KEYS[k + 1]
  local member, turn_due, conversation = ARGV[m], ARGV[m + 1], ARGV[m + 2]

  local function note(field, value)
    redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'conversation', conversation, 'at', now, field, value)
  end

  if redis.call('EXISTS', KEYS[k + 3]) == 1 then
    -- They move with the conversation, in its turn; the claim has made them due a little later.
    if redis.call('EXISTS', timers) == 0 then
      redis.call('ZREM', due, member)
    end
  elseif redis.call('EXISTS', KEYS[k + 2]) == 1 then
    local gone = drop_timers(timers, due, member)
    if gone then
      note('timers_gone', gone)
    end
  else
    local found = {}
    local all = redis.call('HGETALL', timers)
    for i = 1, #all, 2 do
      local at = tonumber(string.match(all[i + 1], TIMER_AT) or nil)
      if at and at <= now then
        found[#found + 1] = { at = at, name = all[i], record = all[i + 1] }
      end
    end
    table.sort(found, function(one, other) return one.at < other.at or one.at == other.at and one.name < other.name end)
    local names, is_full = {}, false
    for _, timer in ipairs(found) do
      local message = string.match(timer.record, '"message":({.*})}$')
      if not message then
        redis.call('HDEL', timers, timer.name)
        redis.call('XADD', dead, '*', 'kind', 'unreadable', 'place', 'timers', 'why', 'not a timer', 'at', now, 'raw', timer.record,
          'conversation', conversation)
      elseif is_full or redis.call('LLEN', mailbox) >= most then
        is_full = true
      else
        -- Texts cannot contain this: quotes within them are escaped.
        message = string.gsub(message, '"receivedAt":0', string.format('"receivedAt":%.0f', now), 1)
        redis.call('RPUSH', mailbox, message)
        redis.call('HSET', timers, timer.name, string.format('{%s%.0f,', TIMER_RANG, now) .. string.sub(timer.record, 2))
        names[#names + 1] = timer.name
      end
    end
    make_timers_due(timers, due, member, now, keep_for)
    if is_full then
      redis.call('ZADD', due, now + wake_after, member)
    end
    if #names > 0 then
      rang = rang + #names
      note('rang', cjson.encode(names))
      redis.pcall('HINCRBY', counters, string.format('mailbox@%.0f', math.floor(now / 1000)), #names)
      -- Whoever goes on writing does not keep it waiting.
      local begins = redis.call('ZADD', due, 'NX', now + wake_after, turn_due) == 1
      if end_wait(KEYS[k + 4], due, turn_due, now, wake_after, 'gathers') or begins then
        woken[#woken + 1] = c
      end
    end
  end
end
return {'rang', rang, unpack(woken)}
