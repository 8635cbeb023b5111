import { ApiError, invalidParameter, notFound } from '../api-error.ts';
import { type Call, needText, number, type Params, text, texts } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { AgentSilent } from '../../contract.ts';
import { tokenPage } from '../page.ts';
import { newTags } from '../tags.ts';
import { instance, isoTime } from './lookup.ts';
import { ecsState, type Invocation, type InvocationResult } from './state.ts';

/** The service keeps the end of an output that is longer. */
const MOST_OUTPUT_BYTES = 24 * 1024;
const MOST_CONTENT_BYTES = 24 * 1024;

export function describeCloudAssistantStatus(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const ids = texts(params, 'InstanceId');
  const all = ecsState(cloud)
    .instances.narrowed(ids)
    .filter((entry) => entry.regionId === regionId && (ids.length === 0 || ids.includes(entry.id)));
  const { items, answer } = tokenPage(all, params, { usual: 50, most: 50 });
  return {
    TotalCount: all.length,
    NextToken: answer.NextToken,
    InstanceCloudAssistantStatusSet: {
      InstanceCloudAssistantStatus: items.map((entry) => {
        const isReady = isAssisted(cloud, entry.id);
        return {
          InstanceId: entry.id,
          CloudAssistantStatus: String(isReady),
          CloudAssistantVersion: isReady ? '2.2.4.978' : '',
          LastHeartbeatTime: isReady ? isoTime(cloud.clock.now()) : '',
          ActiveTaskCount: 0,
          InvocationCount: 0,
          OSType: 'Linux',
        };
      }),
    },
  };
}

function isAssisted(cloud: Cloud, id: string): boolean {
  const entry = instance(cloud, id);
  return (
    entry?.status === 'Running' && entry.assistantAt <= Date.now() && cloud.rooms.guest(id) !== undefined
  );
}

/** RunCommand: runs the script on each instance; the results are asked for later. */
export function runCommand(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const script = readScript(params);
  const ids = texts(params, 'InstanceId');
  for (const id of ids) {
    const entry = instance(cloud, id);
    if (entry === undefined || entry.regionId !== regionId)
      throw notFound('InvalidInstance.NotFound', `instance ${id}`);
    if (!isAssisted(cloud, id)) {
      throw new ApiError(
        'InvalidInstance.NotMatch',
        403,
        `The instance ${id} does not meet the requirements: it is not running, or its agent does not answer yet.`,
      );
    }
  }
  const timeoutMs = (number(params, 'Timeout') ?? 60) * 1_000;
  const invocation: Invocation = {
    id: cloud.newId('t', regionId),
    commandId: cloud.newId('c', regionId),
    regionId,
    name: text(params, 'Name') ?? '',
    tags: newTags(params),
    createdAt: cloud.clock.now(),
    results: ids.map((instanceId) => ({
      instanceId,
      status: 'Pending',
      recordStatus: 'Running',
      exitCode: undefined,
      output: '',
      dropped: 0,
      errorCode: '',
      errorInfo: '',
      startedAt: cloud.clock.now(),
      finishedAt: undefined,
    })),
  };
  ecsState(cloud).invocations.set(invocation.id, invocation);
  for (const result of invocation.results) void cloud.track(execute(cloud, result, script, timeoutMs));
  return { CommandId: invocation.commandId, InvokeId: invocation.id };
}

function readScript(params: Params): string {
  const content = needText(params, 'CommandContent');
  const encoding = text(params, 'ContentEncoding') ?? 'PlainText';
  const script = encoding === 'Base64' ? Buffer.from(content, 'base64').toString('utf8') : content;
  if (Buffer.from(script).toString('base64').length > MOST_CONTENT_BYTES) {
    throw new ApiError(
      'CmdContent.ExceedLimit',
      403,
      'The length of the command content exceeds the upper limit.',
    );
  }
  const values = text(params, 'Parameters');
  if (params['EnableParameter'] !== true || values === undefined) return script;
  const parsed: unknown = JSON.parse(values);
  if (typeof parsed !== 'object' || parsed === null)
    throw invalidParameter('Parameters', values, 'a JSON object');
  return Object.entries(parsed).reduce(
    (filled, [name, value]) => filled.replaceAll(`{{${name}}}`, String(value)),
    script,
  );
}

async function execute(
  cloud: Cloud,
  result: InvocationResult,
  script: string,
  timeoutMs: number,
): Promise<void> {
  const done = cloud.waits.begin('command', result.instanceId);
  await cloud.clock.sleep(cloud.durations.commandDelivery);
  if (result.recordStatus !== 'Running' || cloud.isClosed()) return;
  const guest = cloud.rooms.guest(result.instanceId);
  if (guest === undefined)
    return fail(cloud, result, 'Failed', 'InstanceNotRunning', 'The instance is not running.');
  result.status = 'Running';
  let expire: () => void = () => undefined;
  const expired = new Promise<'expired'>((resolve) => {
    // A machine runs its commands in real time, whatever the scale: so does the bound on them.
    expire = cloud.clock.after(timeoutMs / cloud.clock.scale, () => resolve('expired'));
  });
  try {
    const outcome = await Promise.race([guest.run(script, timeoutMs), expired]);
    // Stopped by StopInvocation meanwhile.
    if (result.finishedAt !== undefined) return;
    if (outcome === 'expired') {
      fail(cloud, result, 'Timeout', 'ExecutionTimeout', 'The command execution timed out.');
      return;
    }
    const bytes = Buffer.from(outcome.output);
    result.dropped = Math.max(0, bytes.length - MOST_OUTPUT_BYTES);
    result.output = bytes.subarray(result.dropped).toString('utf8');
    result.exitCode = outcome.exitCode;
    result.finishedAt = cloud.clock.now();
    const isGood = outcome.exitCode === 0;
    result.status = isGood ? 'Success' : 'Failed';
    result.recordStatus = isGood ? 'Finished' : 'Failed';
    if (!isGood) {
      result.errorCode = 'ExitCodeNonzero';
      result.errorInfo = 'The exit code of the command is not zero.';
    }
  } catch (error) {
    if (result.finishedAt !== undefined) return;
    const code = error instanceof AgentSilent ? 'ClientNotResponse' : 'ExecutionInterrupted';
    fail(cloud, result, 'Failed', code, error instanceof Error ? error.message : String(error));
  } finally {
    done();
    expire();
  }
}

function fail(cloud: Cloud, result: InvocationResult, status: string, code: string, info: string): void {
  result.status = status;
  result.recordStatus = 'Failed';
  result.errorCode = code;
  result.errorInfo = info;
  result.finishedAt = cloud.clock.now();
}

export function describeInvocationResults(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const invokeId = text(params, 'InvokeId');
  const instanceId = text(params, 'InstanceId');
  const isPlain = text(params, 'ContentEncoding') === 'PlainText';
  const rows = ecsState(cloud)
    .invocations.narrowed(invokeId, instanceId)
    .filter((invocation) => invocation.regionId === regionId && (invokeId ?? invocation.id) === invocation.id)
    .flatMap((invocation) => invocation.results.map((result) => ({ invocation, result })))
    .filter(({ result }) => (instanceId ?? result.instanceId) === result.instanceId);
  const { items, answer } = tokenPage(rows, params, { usual: 10, most: 50 });
  return {
    Invocation: {
      TotalCount: rows.length,
      PageNumber: 1,
      PageSize: answer.MaxResults,
      NextToken: answer.NextToken,
      InvocationResults: {
        InvocationResult: items.map(({ invocation, result }) => ({
          InvokeId: invocation.id,
          CommandId: invocation.commandId,
          InstanceId: result.instanceId,
          InvocationStatus: result.status,
          InvokeRecordStatus: result.recordStatus,
          ...(result.exitCode === undefined ? {} : { ExitCode: result.exitCode }),
          Output: isPlain ? result.output : Buffer.from(result.output).toString('base64'),
          Dropped: result.dropped,
          ErrorCode: result.errorCode,
          ErrorInfo: result.errorInfo,
          StartTime: isoTime(result.startedAt),
          FinishedTime: result.finishedAt === undefined ? '' : isoTime(result.finishedAt),
          Repeats: 1,
          Username: 'root',
          TerminationMode: 'Process',
        })),
      },
    },
  };
}

export function stopInvocation(call: Call, cloud: Cloud): object {
  const id = needText(call.params, 'InvokeId');
  const invocation = ecsState(cloud).invocations.get(id);
  if (invocation === undefined) throw notFound('InvalidInvoke.NotFound', `invocation ${id}`);
  const ids = texts(call.params, 'InstanceId');
  for (const result of invocation.results) {
    if (result.finishedAt !== undefined || (ids.length > 0 && !ids.includes(result.instanceId))) continue;
    result.status = 'Cancelled';
    result.recordStatus = 'Stopped';
    result.finishedAt = cloud.clock.now();
  }
  return {};
}
