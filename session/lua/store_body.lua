#!lua
-- Keep a raw body in the intake, and say whether a worker must be woken to drain it. Nothing is kept where the server's
-- memory is used up to a mark: what is accepted already needs the rest.

local intake = KEYS.intake  -- stream: raw bodies, oldest first
local due = KEYS.due        -- sorted set: what must happen -> when

local source = ARGV.source        -- the endpoint it came in by
local at = ARGV.at                -- when it came, in ms
local body = ARGV.body            -- the bytes as they were received
local member = ARGV.member        -- the due member of the intake
local wake_by = ARGV.wake_by      -- when the sweep wakes again if this wake-up is lost, in ms
local mark = tonumber(ARGV.mark)  -- per cent of the server's memory above which nothing is kept; 100: it decides
local format = ARGV.format        -- of the body, where a worker of the release before could not read it; '' for the first

local memory_used = SHARED.memory_used  -- function: per cent of the memory that are used, if they come up to a mark

-- Returns {'stored', 1 if a wake-up must be published, else 0} or {'full', per cent of the memory that are used}.

local full = memory_used(mark)
if full then
  return {'full', full}
end

local beside = format ~= '' and {'format', format} or {}
redis.call('XADD', intake, '*', 'source', source, 'at', at, 'body', body, unpack(beside))
return {'stored', redis.call('ZADD', due, 'NX', wake_by, member)}
