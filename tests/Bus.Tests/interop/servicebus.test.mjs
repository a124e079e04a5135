// The broker as Microsoft's official JavaScript client sees it. The broker is started by ./run, which says where it is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { ServiceBusClient } from "@azure/service-bus";

const port = process.env.BROKER_PORT;
const key = process.env.EVENTMEET_BUS_KEY;
const connectionString = (k = key) =>
  `Endpoint=sb://localhost:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${k};UseDevelopmentEmulator=true;`;
const options = { retryOptions: { maxRetries: 1, timeoutInMs: 15000 } };
const wait = { maxWaitTimeInMs: 10000 };
const moment = { maxWaitTimeInMs: 300 };

let client;
before(() => {
  client = new ServiceBusClient(connectionString(), options);
});
after(() => client.close());

let lastQueue = 0;

/** Runs a body with a sender and a receiver of a queue that no other test has seen, and closes both. */
async function withQueue(body, receiverOptions, queue = `queue${++lastQueue}`) {
  const sender = client.createSender(queue);
  const receiver = client.createReceiver(queue, receiverOptions);
  try {
    await body(sender, receiver, queue);
  } finally {
    await sender.close();
    await receiver.close();
  }
}

async function one(receiver) {
  const [message] = await receiver.receiveMessages(1, wait);
  assert.ok(message, "a message came");
  return message;
}

async function deadLetterOf(queue) {
  const receiver = client.createReceiver(queue, { subQueueType: "deadLetter" });
  const message = await one(receiver);
  await receiver.completeMessage(message);
  await receiver.close();
  return message;
}

test("a message arrives with all its properties", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages({
      body: { greeting: "hello" },
      messageId: "m1",
      correlationId: "c1",
      subject: "greet",
      contentType: "application/json",
      replyTo: "elsewhere",
      to: "here",
      timeToLive: 60000,
      applicationProperties: { number: 1, text: "x", flag: true, when: new Date(86400000) },
    });
    const message = await one(receiver);
    assert.deepEqual(message.body, { greeting: "hello" });
    assert.equal(message.messageId, "m1");
    assert.equal(message.correlationId, "c1");
    assert.equal(message.subject, "greet");
    assert.equal(message.contentType, "application/json");
    assert.equal(message.replyTo, "elsewhere");
    assert.equal(message.to, "here");
    assert.equal(message.timeToLive, 60000);
    assert.equal(message.applicationProperties.number, 1);
    assert.equal(message.applicationProperties.text, "x");
    assert.equal(message.applicationProperties.flag, true);
    assert.equal(Number(message.applicationProperties.when), 86400000);
    assert.equal(message.deliveryCount, 0);
    assert.equal(message.lockToken.length, 36);
    assert.ok(message.sequenceNumber.greaterThan(0));
    assert.ok(Math.abs(message.enqueuedTimeUtc - Date.now()) < 60000);
    assert.ok(message.lockedUntilUtc > message.enqueuedTimeUtc);
    await receiver.completeMessage(message);
  }));

test("a completed message is gone", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages({ body: "once" });
    await receiver.completeMessage(await one(receiver));
    assert.equal((await receiver.receiveMessages(1, moment)).length, 0);
  }));

test("a message without an id is given one", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages({ body: "anonymous" });
    const message = await one(receiver);
    assert.ok(message.messageId.length > 8);
    await receiver.completeMessage(message);
  }));

for (const [name, body] of [
  ["a string", "text with ünïcode 🎥"],
  ["bytes", Buffer.from([0, 1, 2, 255])],
  ["a number", 42.5],
  ["null", null],
  ["nested data", { list: [1, [2, { three: 3 }]], empty: {} }],
]) {
  test(`a body that is ${name} comes back the same`, () =>
    withQueue(async (sender, receiver) => {
      await sender.sendMessages({ body });
      const message = await one(receiver);
      assert.deepEqual(message.body, body);
      await receiver.completeMessage(message);
    }));
}

test("an AMQP value body passes through", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages({ bodyType: "value", body: { key: "value" } });
    const message = await one(receiver);
    assert.equal(message._rawAmqpMessage.bodyType, "value");
    assert.deepEqual(message.body, { key: "value" });
    await receiver.completeMessage(message);
  }));

test("an abandoned message comes again, counted, with the properties that were changed", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages({ body: "again", applicationProperties: { kept: 1, why: "before" } });
    await receiver.abandonMessage(await one(receiver), { why: "test" });
    const message = await one(receiver);
    assert.equal(message.deliveryCount, 1);
    assert.deepEqual({ ...message.applicationProperties }, { kept: 1, why: "test" });
    await receiver.completeMessage(message);
  }));

test("a message that fails too often goes to the dead-letter queue", () =>
  withQueue(async (sender, receiver, queue) => {
    await sender.sendMessages({ body: "poison" });
    for (let attempt = 0; attempt < 3; attempt++) {
      const message = await one(receiver);
      assert.equal(message.deliveryCount, attempt);
      await receiver.abandonMessage(message);
    }
    const dead = await deadLetterOf(queue);
    assert.equal(dead.body, "poison");
    assert.equal(dead.deadLetterReason, "MaxDeliveryCountExceeded");
    assert.equal(dead.deadLetterSource, queue);
  }));

test("a message is dead-lettered with reason, description and more", () =>
  withQueue(async (sender, receiver, queue) => {
    await sender.sendMessages({ body: "bad" });
    await receiver.deadLetterMessage(await one(receiver), {
      deadLetterReason: "Broken",
      deadLetterErrorDescription: "Nobody can read it.",
      extra: 5,
    });
    const dead = await deadLetterOf(queue);
    assert.equal(dead.deadLetterReason, "Broken");
    assert.equal(dead.deadLetterErrorDescription, "Nobody can read it.");
    assert.equal(dead.applicationProperties.extra, 5);
  }));

test("a batch of fifty arrives in order", () =>
  withQueue(async (sender, receiver) => {
    const batch = await sender.createMessageBatch();
    for (let i = 0; i < 50; i++) assert.ok(batch.tryAddMessage({ body: i }));
    await sender.sendMessages(batch);
    const bodies = [];
    while (bodies.length < 50) {
      const messages = await receiver.receiveMessages(50 - bodies.length, wait);
      assert.ok(messages.length > 0);
      for (const message of messages) {
        bodies.push(message.body);
        await receiver.completeMessage(message);
      }
    }
    assert.deepEqual(bodies, [...Array(50).keys()]);
  }));

test("a message of 200 KB arrives whole", () =>
  withQueue(async (sender, receiver) => {
    const body = Buffer.alloc(200 * 1024, 7);
    body.writeUInt32BE(0xdeadbeef, 100000);
    await sender.sendMessages({ body });
    const message = await one(receiver);
    assert.ok(body.equals(Buffer.from(message.body)));
    await receiver.completeMessage(message);
  }));

test("a message that is too large is refused and the client goes on", () =>
  withQueue(async (sender, receiver) => {
    await assert.rejects(sender.sendMessages({ body: Buffer.alloc(400 * 1024) }), (error) => error.code === "MessageSizeExceeded");
    await sender.sendMessages({ body: "small" });
    await receiver.completeMessage(await one(receiver));
  }));

test("a lock is renewed", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages({ body: "long work" });
    const message = await one(receiver);
    const before = message.lockedUntilUtc;
    await delay(50);
    assert.ok((await receiver.renewMessageLock(message)) > before);
    await receiver.completeMessage(message);
  }));

test("a lock that has ended is told, and the message comes again", () =>
  withQueue(
    async (sender, receiver) => {
      await sender.sendMessages({ body: "slow" });
      const message = await one(receiver);
      await delay(message.lockedUntilUtc - Date.now() + 200);
      await assert.rejects(receiver.completeMessage(message), (error) => error.code === "MessageLockLost");
      await assert.rejects(receiver.renewMessageLock(message), (error) => error.code === "MessageLockLost");
      const again = await one(receiver);
      assert.equal(again.deliveryCount, 1);
      await receiver.completeMessage(again);
    },
    { maxAutoLockRenewalDurationInMs: 0 },
  ));

test("scheduled messages come on time, cancelled ones never", () =>
  withQueue(async (sender, receiver) => {
    const at = new Date(Date.now() + 1000);
    const numbers = await sender.scheduleMessages([{ body: "later" }, { body: "never" }], at);
    assert.equal(numbers.length, 2);
    await sender.cancelScheduledMessages(numbers[1]);
    const message = await one(receiver);
    assert.equal(message.body, "later");
    assert.ok(Date.now() >= at.getTime() - 50);
    await receiver.completeMessage(message);
    assert.equal((await receiver.receiveMessages(1, moment)).length, 0);
  }));

test("a message sent with a time in its annotations is scheduled too", () =>
  withQueue(async (sender, receiver) => {
    const scheduledEnqueueTimeUtc = new Date(Date.now() + 800);
    await sender.sendMessages({ body: "annotated", scheduledEnqueueTimeUtc });
    const [peeked] = await receiver.peekMessages(1);
    assert.equal(peeked.state, "scheduled");
    const message = await one(receiver);
    assert.ok(Date.now() >= scheduledEnqueueTimeUtc.getTime() - 50);
    await receiver.completeMessage(message);
  }));

test("a deferred message is had by its number", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages({ body: "aside" });
    const message = await one(receiver);
    await receiver.deferMessage(message, { note: "later" });
    assert.equal((await receiver.receiveMessages(1, moment)).length, 0);
    const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
    assert.equal(deferred.body, "aside");
    assert.equal(deferred.applicationProperties.note, "later");
    await receiver.completeMessage(deferred);
    await assert.rejects(receiver.receiveDeferredMessages(message.sequenceNumber));
  }));

test("peeking takes nothing and goes on where it stopped", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages([{ body: "p1" }, { body: "p2" }, { body: "p3" }]);
    assert.deepEqual((await receiver.peekMessages(2)).map((m) => m.body), ["p1", "p2"]);
    assert.deepEqual((await receiver.peekMessages(2)).map((m) => m.body), ["p3"]);
    for (let i = 0; i < 3; i++) await receiver.completeMessage(await one(receiver));
  }));

test("receive-and-delete leaves nothing", () =>
  withQueue(
    async (sender, receiver) => {
      await sender.sendMessages({ body: "once" });
      assert.equal((await one(receiver)).body, "once");
      assert.equal((await receiver.peekMessages(1)).length, 0);
    },
    { receiveMode: "receiveAndDelete" },
  ));

test("a processor gets two hundred messages, each once", async () => {
  const receiver = client.createReceiver("push");
  const sender = client.createSender("push");
  const seen = new Set();
  let twice = 0;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const subscription = receiver.subscribe(
    {
      processMessage: async (message) => {
        if (seen.has(message.body)) twice++;
        seen.add(message.body);
        if (seen.size === 200) finish();
      },
      processError: async (args) => assert.fail(args.error.message),
    },
    { maxConcurrentCalls: 8 },
  );
  await Promise.all([...Array(200).keys()].map((i) => sender.sendMessages({ body: i })));
  await done;
  assert.equal(twice, 0);
  await subscription.close();
  await receiver.close();
  await sender.close();
});

test("two processors share the work", async () => {
  const counts = [0, 0];
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const receivers = counts.map((_, i) => {
    const receiver = client.createReceiver("push");
    receiver.subscribe({
      processMessage: async () => {
        counts[i]++;
        if (counts[0] + counts[1] === 100) finish();
      },
      processError: async () => {},
    });
    return receiver;
  });
  await delay(200);
  const sender = client.createSender("push");
  await sender.sendMessages([...Array(100).keys()].map((i) => ({ body: i })));
  await done;
  assert.ok(counts[0] >= 20 && counts[1] >= 20, `${counts}`);
  await Promise.all([...receivers, sender].map((closable) => closable.close()));
});

test("a named session gives its messages in order and to one receiver", async () => {
  const sender = client.createSender("sessions");
  await sender.sendMessages([
    { body: 1, sessionId: "A" },
    { body: 2, sessionId: "B" },
    { body: 3, sessionId: "A" },
  ]);
  const a = await client.acceptSession("sessions", "A");
  assert.equal(a.sessionId, "A");
  assert.ok(a.sessionLockedUntilUtc > new Date());
  const messages = [await one(a), await one(a)];
  assert.deepEqual(messages.map((m) => m.body), [1, 3]);
  await assert.rejects(client.acceptSession("sessions", "A"), (error) => error.code === "SessionCannotBeLocked");
  for (const message of messages) await a.completeMessage(message);
  await a.close();
  const b = await client.acceptSession("sessions", "B");
  await b.completeMessage(await one(b));
  await b.close();
  await sender.close();
});

test("the next session that has messages is given", async () => {
  const sender = client.createSender("sessions");
  await sender.sendMessages({ body: "x", sessionId: "next" });
  const session = await client.acceptNextSession("sessions");
  assert.equal(session.sessionId, "next");
  await session.completeMessage(await one(session));
  await session.close();
  await sender.close();
});

test("waiting for a next session ends when there is none", async () => {
  const impatient = new ServiceBusClient(connectionString(), { retryOptions: { maxRetries: 0, timeoutInMs: 1000 } });
  await assert.rejects(impatient.acceptNextSession("sessions"));
  await impatient.close();
});

test("a session's state and lock", async () => {
  const session = await client.acceptSession("sessions", "stateful");
  assert.equal(await session.getSessionState(), null);
  await session.setSessionState({ step: 3 });
  const before = session.sessionLockedUntilUtc;
  await delay(50);
  assert.ok((await session.renewSessionLock()) > before);
  await session.close();
  const again = await client.acceptSession("sessions", "stateful");
  assert.deepEqual(await again.getSessionState(), { step: 3 });
  await again.setSessionState(null);
  await again.close();
});

test("a message that a session abandons, defers or dead-letters", async () => {
  const sender = client.createSender("sessions");
  await sender.sendMessages([1, 2, 3].map((body) => ({ body, sessionId: "S" })));
  const session = await client.acceptSession("sessions", "S");
  await session.deadLetterMessage(await one(session), { deadLetterReason: "first" });
  const second = await one(session);
  await session.deferMessage(second);
  const third = await one(session);
  await session.abandonMessage(third);
  const again = await one(session);
  assert.equal(again.body, 3);
  assert.equal(again.deliveryCount, 1);
  await session.completeMessage(again);
  const [deferred] = await session.receiveDeferredMessages(second.sequenceNumber);
  await session.completeMessage(deferred);
  assert.equal((await deadLetterOf("sessions")).deadLetterReason, "first");
  await session.close();
  await sender.close();
});

test("a queue with sessions refuses messages and receivers without one", async () => {
  const sender = client.createSender("sessions");
  await assert.rejects(sender.sendMessages({ body: "lost" }));
  await assert.rejects(client.createReceiver("sessions").receiveMessages(1, moment));
  await sender.close();
});

test("a topic gives every subscription its copy", async () => {
  const sender = client.createSender("news");
  await sender.sendMessages({ body: "extra", messageId: "n1" });
  for (const subscription of ["left", "right"]) {
    const receiver = client.createReceiver("news", subscription);
    const message = await one(receiver);
    assert.equal(message.messageId, "n1");
    await receiver.completeMessage(message);
    await receiver.close();
  }
  await sender.close();
});

test("the same id is taken once", () =>
  withQueue(async (sender, receiver) => {
    await sender.sendMessages({ body: 1, messageId: "same" });
    await sender.sendMessages({ body: 2, messageId: "same" });
    await sender.sendMessages([{ body: 3, messageId: "same" }, { body: 4, messageId: "other" }]);
    const first = await one(receiver);
    const second = await one(receiver);
    assert.deepEqual([first.body, second.body], [1, 4]);
    await receiver.completeMessage(first);
    await receiver.completeMessage(second);
    assert.equal((await receiver.receiveMessages(1, moment)).length, 0);
  }, undefined, "unique"));

test("an expired message is dropped, or dead-lettered where the queue says so", async () => {
  await withQueue(async (sender, receiver) => {
    await sender.sendMessages({ body: "short", timeToLive: 100 });
    await delay(300);
    assert.equal((await receiver.receiveMessages(1, moment)).length, 0);
  });
  const sender = client.createSender("expiring");
  await sender.sendMessages({ body: "short", timeToLive: 100 });
  await delay(300);
  assert.equal((await deadLetterOf("expiring")).deadLetterReason, "TTLExpiredException");
  await sender.close();
});

test("a full queue says so", async () => {
  const sender = client.createSender("tiny");
  await sender.sendMessages([{ body: 1 }, { body: 2 }]);
  await assert.rejects(sender.sendMessages({ body: 3 }), (error) => error.code === "QuotaExceeded");
  await sender.close();
});

test("an entity that is not there is not found", async () => {
  const sender = client.createSender("missing");
  await assert.rejects(sender.sendMessages({ body: 1 }), (error) => error.code === "MessagingEntityNotFound");
  await assert.rejects(
    client.createReceiver("missing").receiveMessages(1, moment),
    (error) => error.code === "MessagingEntityNotFound",
  );
});

test("a wrong key is refused", async () => {
  const stranger = new ServiceBusClient(connectionString("wrong"), { retryOptions: { maxRetries: 0 } });
  await assert.rejects(stranger.createSender("push").sendMessages({ body: 1 }), (error) => error.code === "UnauthorizedAccess");
  await stranger.close();
});

test("garbage on the port disturbs nobody", () =>
  withQueue(async (sender, receiver) => {
    const garbage = [
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.from("AMQP\x00\x01\x00\x00\xff\xff\xff\xff", "latin1"),
      Buffer.from("AMQP\x03\x01\x00\x00\x00\x00\x00\x00", "latin1"),
      Buffer.concat([Buffer.from("AMQP\x00\x01\x00\x00\x00\x00\x40\x00\x02\x00\x00\x00", "latin1"), Buffer.alloc(16376)]),
      Buffer.alloc(100000, 0x41),
    ];
    await Promise.all(
      garbage.map(
        (bytes) =>
          new Promise((resolve) => {
            const socket = net.connect(Number(port), "127.0.0.1", () => socket.end(bytes));
            socket.on("error", resolve).on("close", resolve).resume();
          }),
      ),
    );
    await sender.sendMessages({ body: "still there" });
    await receiver.completeMessage(await one(receiver));
  }));
