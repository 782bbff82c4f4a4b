#!lua flags=allow-oom
-- Claim the probe of a paused sender: one delivery tries whether the sender works again, the others wait for its outcome.

local paused = KEYS.paused  -- hash: sender -> why nothing is sent through it

local sender = ARGV.sender    -- the sender
local was = ARGV.was          -- the pause as the caller read it, as JSON
local becomes = ARGV.becomes  -- the same pause, extended until the next probe

-- Returns {'yours'}, {'over'} if the sender is not paused any more, or {'theirs'} if another delivery has claimed it.

local stored = redis.call('HGET', paused, sender)
if not stored then
  return {'over'}
end
if stored ~= was then
  return {'theirs'}
end
redis.call('HSET', paused, sender, becomes)
return {'yours'}
