#!lua flags=allow-oom
-- Keep what a turn has done before it ends, so that a repeated turn does not do it again.

local lease = KEYS.lease  -- hash: who takes the turn
local steps = KEYS.steps  -- hash: what turns that have not ended have done

local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local field = ARGV.field                      -- the step
local value = ARGV.value                      -- its result, as JSON
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local keep_for = ARGV.keep_for                -- ms after which it is forgotten if its turn never ends

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'kept', the value that is kept: an earlier one if there is one} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

if redis.call('HSETNX', steps, field, value) == 0 then
  return {'kept', redis.call('HGET', steps, field)}
end
redis.call('PEXPIREAT', steps, now + keep_for)
return {'kept', value}
