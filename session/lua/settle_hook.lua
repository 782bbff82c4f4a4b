#!lua flags=allow-oom
-- Write what became of events for a hook, under its lease, and extend the lease or release it.

local lease = KEYS.lease        -- hash: who sends
local hook = KEYS.hook          -- hash: how far it has come
local again = KEYS.again        -- list: ids of dead letters that it sends once more
local events = KEYS.events      -- stream: the event stream
local dead = KEYS.dead          -- stream: dead letters
local due = KEYS.due            -- sorted set: what must happen -> when
local counters = KEYS.counters  -- hash: the counters

local now = tonumber(ARGV.now) or SHARED.NOW        -- ms since the epoch, by the clock of the server
local fence = ARGV.fence                            -- of the lease
local holder = ARGV.holder                          -- of the lease
local member = ARGV.member                          -- the due member of the hook
local lease_for = ARGV.lease_for                    -- ms for which the lease is extended
local release_in = tonumber(ARGV.release_in)        -- it is released, and due again in so many ms; -1: it is extended
local event = ARGV.event                            -- the event that is settled now, '' for none
local letter = ARGV.letter                          -- the dead letter that is not sent again any more, '' for none
local dropped = ARGV.dropped                        -- 'yes': it was accepted, and is no dead letter any more
local first_field, last_field = ARGV.state          -- fields of the state, and their values
local first_gone, last_gone = ARGV.gone             -- fields that are of no use any more
local first_letter, last_letter = ARGV.letters      -- dead letters
local first_count, last_count = ARGV.counts         -- counters and their increments

local refusal = SHARED.refusal            -- function: whether the lease is lost
local keep_letters = SHARED.keep_letters  -- function: add the dead letters of a list
local SETTLED = SHARED.SETTLED            -- the value of the field of an event that is settled

-- Returns {'settled'} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

-- Whether one event comes behind another one.
local function is_behind(one, other)
  local ms, n = string.match(one, '^(%d+)-(%d+)$')
  local other_ms, other_n = string.match(other or '', '^(%d+)-(%d+)$')
  ms, other_ms = tonumber(ms), tonumber(other_ms or 0)
  return ms > other_ms or ms == other_ms and tonumber(n) > tonumber(other_n or 0)
end

-- If this call is repeated because its answer was lost, it keeps and counts nothing.
local is_new = true
if event ~= '' then
  is_new = is_behind(event, redis.call('HGET', hook, 'after')) and redis.call('HGET', hook, event) ~= SETTLED
elseif letter ~= '' then
  is_new = redis.call('LREM', again, 0, letter) > 0
end
for i = first_field, last_field, 2 do
  redis.call('HSET', hook, ARGV[i], ARGV[i + 1])
end
for i = first_gone, last_gone do
  redis.call('HDEL', hook, ARGV[i])
end
if letter ~= '' and dropped == 'yes' then
  redis.call('XDEL', dead, letter)
end
if is_new then
  -- What is no event any more may be of a customer who was forgotten meanwhile: no trace comes back.
  if event == '' or #redis.call('XRANGE', events, event, event) > 0 then
    keep_letters(dead, first_letter, last_letter)
  end
  for i = first_count, last_count, 2 do
    redis.call('HINCRBY', counters, ARGV[i], ARGV[i + 1])
  end
end
if release_in < 0 then
  redis.call('HSET', lease, 'until', now + lease_for)
  redis.call('ZADD', due, now + lease_for, member)
else
  redis.call('DEL', lease)
  redis.call('ZADD', due, now + release_in, member)
end
return {'settled'}
