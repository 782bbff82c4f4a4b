#!lua flags=allow-oom
-- Make the hooks of a shard due that have not seen the newest event. One that is new begins with the events from now on.

local events = KEYS.events      -- stream: the event stream
local due = KEYS.due            -- sorted set: what must happen -> when
local first, last = KEYS.hooks  -- for each hook: its state and its lease

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local keep_for = ARGV.keep_for                -- ms after which the state of a hook expires that nobody has any more
local first_member, past = ARGV.members       -- the due member of each hook

local added_to = SHARED.added_to  -- function: how many entries were ever added to a stream

-- Returns {'looked', member, ...}: those that were not due before.

local newest = redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)
local seen = newest[1] and newest[1][1] or '0-0'
local new = {}
for at = first, last, 2 do
  local hook, member = KEYS[at], ARGV[first_member + (at - first) / 2]
  local state = redis.call('HMGET', hook, 'after', 'seen', 'down')
  if not state[1] then
    redis.call('HSET', hook, 'after', seen, 'seen', seen, 'passed', added_to(events))
  elseif (state[2] ~= seen or state[1] ~= seen and not redis.call('ZSCORE', due, member))
    and (tonumber(redis.call('HGET', KEYS[at + 1], 'until') or 0) or 0) <= now then
    -- While its receiver is away it is due when that is asked again, and not before.
    if redis.call('ZADD', due, (tonumber(state[3] or 0) or 0) > 0 and 'NX' or 'LT', 'CH', now, member) > 0 then
      new[#new + 1] = member
    end
  end
  redis.call('PEXPIRE', hook, keep_for)
end
return {'looked', unpack(new)}
