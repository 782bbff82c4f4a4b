#!lua flags=allow-oom
-- Let one of those who wait for a paused sender try whether it works again; the others wait for what comes of it.

local paused = KEYS.paused  -- hash: sender -> why nothing is sent through it

local sender = ARGV.sender    -- the sender
local was = ARGV.was          -- the pause as the caller knows it, as JSON
local becomes = ARGV.becomes  -- the same, until others may try

-- Returns {'yours'}, {'over'} if the sender is not paused any more, or {'theirs'} if another one was quicker.

local stands = redis.call('HGET', paused, sender)
if not stands then
  return {'over'}
end
if stands ~= was then
  return {'theirs'}
end
redis.call('HSET', paused, sender, becomes)
return {'yours'}
