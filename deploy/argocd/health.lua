-- The health of a DatabaseMigration or a DatabaseRollout. Degraded only where no retry will come: Argo CD fails a sync
-- at once on it. A person's turn is Suspended: the sync waits.
local health = {status = "Progressing", message = "Waiting for the operator to look at it"}

if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Being deleted"
  return health
end
if obj.status == nil or obj.status.conditions == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end

local ready, stalled
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then ready = condition end
  if condition.type == "Stalled" then stalled = condition end
end
if ready == nil then
  return health
end

health.message = ready.message
if stalled ~= nil and stalled.status == "True" then
  health.status = "Degraded"
elseif ready.reason == "Suspended" or ready.reason == "AwaitingApproval" then
  health.status = "Suspended"
elseif ready.status == "True" then
  health.status = "Healthy"
end
return health
