import { expect, it } from 'vitest';
import { lambdaRecord } from '../../../../local/aws/stream/stream-record.ts';

const ARN = 'arn:aws:dynamodb:local:000000000000:table/messages/stream/1';

it('turns a record of the SDK into the one that a function gets', () => {
  const key = { pk: { S: 'p' }, sk: { S: 's' } };
  const record = lambdaRecord(
    {
      eventID: '1',
      eventName: 'REMOVE',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'local',
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
      dynamodb: {
        ApproximateCreationDateTime: new Date('2026-11-22T10:00:00.900Z'),
        Keys: key,
        NewImage: {
          ...key,
          number: { N: '12345678901234567890' },
          bytes: { B: new Uint8Array([1, 2, 255]) },
          bytesSet: { BS: [new Uint8Array([0])] },
          map: { M: { list: { L: [{ NULL: true }, { BOOL: false }] } } },
          texts: { SS: ['a'] },
          numbers: { NS: ['1'] },
        },
        SequenceNumber: '7',
        SizeBytes: 20,
        StreamViewType: 'NEW_IMAGE',
      },
    },
    ARN,
  );
  expect(record).toEqual({
    eventID: '1',
    eventName: 'REMOVE',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'local',
    eventSourceARN: ARN,
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    dynamodb: {
      ApproximateCreationDateTime: Date.parse('2026-11-22T10:00:00.000Z') / 1000,
      Keys: key,
      NewImage: {
        ...key,
        number: { N: '12345678901234567890' },
        bytes: { B: 'AQL/' },
        bytesSet: { BS: ['AA=='] },
        map: { M: { list: { L: [{ NULL: true }, { BOOL: false }] } } },
        texts: { SS: ['a'] },
        numbers: { NS: ['1'] },
      },
      SequenceNumber: '7',
      SizeBytes: 20,
      StreamViewType: 'NEW_IMAGE',
    },
  });
});
