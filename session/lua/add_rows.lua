#!lua
-- Add rows to a campaign that is being loaded. A customer who is in it already gets no second one.

local campaigns = KEYS.campaigns  -- hash: campaigns by name
local order = KEYS.order          -- sorted set: customer -> row
local rows = KEYS.rows            -- hash: row -> parameters as JSON

local name = ARGV.name                  -- of the campaign
local loading = ARGV.loading            -- a part of its record while it is being loaded
local at_most = tonumber(ARGV.at_most)  -- rows that a campaign may have
local keep_for = ARGV.keep_for          -- ms after which they expire
local first, past = ARGV.recipients     -- customers, each with parameters, '' for none

-- Returns {'added', how many were new, the last row} or {'refused'}.

local record = redis.call('HGET', campaigns, name)
if not record or not string.find(record, loading, 1, true) then
  return {'refused'}
end
local newest = redis.call('ZRANGE', order, -1, -1, 'WITHSCORES')
local row, added = tonumber(newest[2] or 0), 0
for i = first, past, 2 do
  if row < at_most and redis.call('ZADD', order, 'NX', row + 1, ARGV[i]) == 1 then
    row, added = row + 1, added + 1
    if ARGV[i + 1] ~= '' then
      redis.call('HSET', rows, row, ARGV[i + 1])
    end
  end
end
redis.call('PEXPIRE', order, keep_for)
redis.call('PEXPIRE', rows, keep_for)
return {'added', added, row}
