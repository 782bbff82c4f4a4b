#!lua
-- Store a raw body in the intake, and say whether a worker must be woken to drain it. Nothing is stored if the server's
-- memory is used up to a mark, because accepted work needs the rest.

local intake = KEYS.intake  -- stream: raw bodies, oldest first
local due = KEYS.due        -- sorted set: what must happen -> when

local source = ARGV.source                    -- the endpoint that received it
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local body = ARGV.body                        -- the bytes as they were received
local member = ARGV.member                    -- the due member of the intake
local wake_after = ARGV.wake_after            -- ms after which the sweep wakes again if this wake-up is lost
local mark = tonumber(ARGV.mark)              -- per cent of memory from which on nothing is stored; 100: the server decides
local format = ARGV.format                    -- the format of the body if an older worker cannot read it; '' for the first

local memory_used = SHARED.memory_used  -- function: per cent of memory in use, if at or above a mark

-- Returns {'stored', 1 if a wake-up must be published, else 0, when it was stored in ms} or {'full', per cent of memory in use}.

local full = memory_used(mark)
if full then
  return {'full', full}
end

local format_field = format ~= '' and {'format', format} or {}
redis.call('XADD', intake, '*', 'source', source, 'at', now, 'body', body, unpack(format_field))
return {'stored', redis.call('ZADD', due, 'NX', now + wake_after, member), now}
