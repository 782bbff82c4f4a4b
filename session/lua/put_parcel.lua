#!lua flags=allow-oom
-- Put what comes from a merged conversation where its customer is now, once, and see that a turn takes it.

local alias = KEYS.alias        -- string: where the conversation has moved
local merging = KEYS.merging    -- hash: id of a merge -> what comes with it
local mailbox = KEYS.mailbox    -- list: waiting messages and actions, oldest first
local seen = KEYS.seen          -- sorted set: ids already received
local lease = KEYS.lease        -- hash: who takes the turn
local due = KEYS.due            -- sorted set: what must happen -> when
local counters = KEYS.counters  -- hash: the counters

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local id = ARGV.id                            -- of the merge
local parcel = ARGV.parcel                    -- what comes with it
local entry = ARGV.entry                      -- its action, as JSON
local counter = ARGV.counter                  -- the counter of the waiting time of the action
local member = ARGV.member                    -- the due member of its turn
local seen_for = ARGV.seen_for                -- ms after which the remembered ids expire
local comes_back = ARGV.comes_back            -- 'yes' if it comes from this conversation itself, to which its customer has returned

local ACTION_TYPE = SHARED.ACTION_TYPE  -- pattern: the beginning of an action
local end_wait = SHARED.end_wait        -- function: let a turn be taken at once that waits

-- Returns {'put'}, or {'moved'} and nothing is changed.

local stands = redis.call('HGET', merging, id)
-- What is known by this id of one that comes back is the action that has sent it away.
local here = comes_back ~= 'yes' and redis.call('ZSCORE', seen, id)
redis.call('ZCARD', due)
redis.call('LLEN', mailbox)
if (not stands and not here or stands == 'late') and redis.call('EXISTS', alias) == 1 then
  return {'moved'}
end
if stands and stands ~= 'late' then
  return {'put'}
end
redis.call('HSET', merging, id, parcel)
redis.call('PERSIST', merging)
if stands == 'late' or not here then
  -- The conversation has not waited for it, or not for long enough.
  redis.call('ZADD', seen, now, id)
  redis.call('PEXPIREAT', seen, now + seen_for)
  -- It comes before messages that may have been received on the other side before, but no turn has taken more than one action.
  local first
  for _, one in ipairs(redis.call('LRANGE', mailbox, 0, -1)) do
    first = first or string.match(one, ACTION_TYPE) and one
  end
  if first then
    redis.call('LINSERT', mailbox, 'AFTER', first, entry)
  else
    redis.call('RPUSH', mailbox, entry)
  end
  redis.pcall('HINCRBY', counters, counter, 1)
  redis.call('ZADD', due, 'NX', now, member)
  end_wait(lease, due, member, now, 0, 'gathers')
elseif redis.call('HGET', merging, id .. ':waits') then
  -- Its turn was given back to wait for this.
  if redis.call('HGET', lease, 'holder') == '' then
    redis.call('HSET', lease, 'until', now)
  end
  redis.call('ZADD', due, 'XX', now, member)
end
return {'put'}
