#!lua flags=allow-oom
-- Write a campaign if nobody has changed it since it was read, and say when it is due; under its lease, or without one.

local campaigns = KEYS.campaigns  -- hash: campaigns by name
local lease = KEYS.lease          -- hash: who hands its rows over
local due = KEYS.due              -- sorted set: what must happen -> when
local first, last = KEYS.kept     -- what belongs to it in this shard

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local name = ARGV.name                        -- of the campaign
local was = ARGV.was                          -- the record as it was read, '' if there was none
local becomes = ARGV.becomes                  -- the same after the change, '' if it is to go
local member = ARGV.member                    -- its due member
local due_in = tonumber(ARGV.due_in)          -- it is due in so many ms; -1: not any more, -2: as it was
local fence = ARGV.fence                      -- of the lease, '' without one
local holder = ARGV.holder                    -- of the lease, '' without one
local held_for = tonumber(ARGV.held_for)      -- ms for which the lease is extended; 0: it is released, if there is one
local keep_for = ARGV.keep_for                -- ms after which what belongs to it expires

local refusal = SHARED.refusal  -- function: whether the lease is lost

-- Returns {'changed'}, {'other'} if it is another record by now, or {'stale', fence}.

local refused = fence ~= '' and refusal(lease, fence, holder)
if refused then
  return refused
end
if (redis.call('HGET', campaigns, name) or '') ~= was then
  return {'other'}
end
if becomes == '' then
  redis.call('HDEL', campaigns, name)
else
  redis.call('HSET', campaigns, name, becomes)
end
for i = first, last do
  redis.call('PEXPIRE', KEYS[i], keep_for)
end
if fence ~= '' and held_for > 0 then
  redis.call('HSET', lease, 'until', now + held_for)
elseif fence ~= '' then
  redis.call('DEL', lease)
end
if due_in >= 0 then
  redis.call('ZADD', due, now + due_in, member)
elseif due_in == -1 then
  redis.call('ZREM', due, member)
end
return {'changed'}
