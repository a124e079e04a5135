"""The broker as Qpid Proton sees it: send, receive, settle, $cbs, reconnect. Usage: proton_client.py BROKER PORT KEY DATA"""

import base64
import hashlib
import hmac
import signal
import subprocess
import sys
import time
import urllib.parse

from proton import ConnectionException, Message, symbol
from proton.reactor import ReceiverOption
from proton.utils import BlockingConnection, LinkDetached

BROKER, PORT, KEY, DATA = sys.argv[1:5]
URL = f"amqp://127.0.0.1:{PORT}"
KEY_NAME = "RootManageSharedAccessKey"
TIMEOUT = 30

passed = 0
failed = 0


def check(name, body):
    global passed, failed
    try:
        body()
        passed += 1
        print(f"ok - {name}")
    except Exception as error:  # a test of any kind may fail in any way
        failed += 1
        print(f"not ok - {name}: {type(error).__name__}: {error}")


def plain(key=KEY):
    return BlockingConnection(URL, user=KEY_NAME, password=key, allowed_mechs="PLAIN", timeout=TIMEOUT)


def anonymous():
    return BlockingConnection(URL, allowed_mechs="ANONYMOUS", timeout=TIMEOUT)


def signature(entity, key=KEY, expires_in=600):
    resource = urllib.parse.quote(f"amqp://localhost/{entity}", safe="")
    expiry = str(int(time.time()) + expires_in)
    digest = hmac.new(key.encode(), f"{resource}\n{expiry}".encode(), hashlib.sha256).digest()
    sig = urllib.parse.quote(base64.b64encode(digest), safe="")
    return f"SharedAccessSignature sr={resource}&sig={sig}&se={expiry}&skn={KEY_NAME}"


def put_token(connection, entity, token):
    replies = connection.create_receiver("$cbs", credit=1, name="cbs-replies")
    requests = connection.create_sender("$cbs", name="cbs-requests")
    requests.send(
        Message(
            body=token,
            id="put",
            reply_to="cbs-replies",
            properties={
                "operation": "put-token",
                "type": "servicebus.windows.net:sastoken",
                "name": f"amqp://localhost/{entity}",
            },
        )
    )
    reply = replies.receive(timeout=TIMEOUT)
    replies.accept()
    assert reply.correlation_id == "put", reply
    requests.close()
    replies.close()
    return reply.properties["status-code"]


class SessionFilter(ReceiverOption):
    def __init__(self, session):
        self.session = session

    def apply(self, receiver):
        receiver.source.filter.put_dict({symbol("com.microsoft:session-filter"): self.session})


def sends_and_receives():
    connection = plain()
    sender = connection.create_sender("proton")
    receiver = connection.create_receiver("proton", credit=1)
    sender.send(Message(body="hello", id="p1", properties={"a": 1}, correlation_id="c", subject="s"))
    message = receiver.receive(timeout=TIMEOUT)
    assert (message.body, message.id, message.properties) == ("hello", "p1", {"a": 1}), message
    assert message.delivery_count == 0
    assert message.annotations["x-opt-sequence-number"] >= 1
    receiver.accept()
    connection.close()


def settles_every_way():
    connection = plain()
    sender = connection.create_sender("proton")
    receiver = connection.create_receiver("proton", credit=1)
    sender.send(Message(body="again"))
    receiver.receive(timeout=TIMEOUT)
    receiver.release(delivered=True)
    message = receiver.receive(timeout=TIMEOUT)
    assert message.delivery_count == 1, message.delivery_count
    receiver.release(delivered=False)
    message = receiver.receive(timeout=TIMEOUT)
    assert message.delivery_count == 1, message.delivery_count
    receiver.reject()
    dead = connection.create_receiver("proton/$DeadLetterQueue", credit=1)
    assert dead.receive(timeout=TIMEOUT).body == "again"
    dead.accept()
    connection.close()


def keeps_a_message_of_many_frames_whole():
    connection = plain()
    sender = connection.create_sender("proton")
    receiver = connection.create_receiver("proton", credit=1)
    body = bytes(range(256)) * 800
    sender.send(Message(body=body))
    assert bytes(receiver.receive(timeout=TIMEOUT).body) == body
    receiver.accept()
    connection.close()


def refuses_a_wrong_key():
    try:
        plain("wrong")
    except ConnectionException:
        return
    raise AssertionError("a wrong key was let in")


def refuses_a_link_without_a_token():
    connection = anonymous()
    try:
        connection.create_sender("proton")
        raise AssertionError("a link was given without a token")
    except LinkDetached as error:
        assert "unauthorized-access" in str(error), error
    finally:
        connection.close()


def takes_a_token():
    connection = anonymous()
    assert put_token(connection, "proton", signature("proton")) == 202
    sender = connection.create_sender("proton")
    sender.send(Message(body="with a token"))
    receiver = connection.create_receiver("proton", credit=1)
    assert receiver.receive(timeout=TIMEOUT).body == "with a token"
    receiver.accept()
    try:
        connection.create_sender("push")
        raise AssertionError("the token was good for another entity")
    except LinkDetached:
        pass
    connection.close()


def refuses_bad_tokens():
    connection = anonymous()
    assert put_token(connection, "proton", signature("proton", key="wrong")) == 401
    assert put_token(connection, "proton", signature("proton", expires_in=-60)) == 401
    assert put_token(connection, "proton", signature("push")) == 401
    assert put_token(connection, "proton", "nonsense") == 401
    connection.close()


def receives_from_a_session():
    connection = plain()
    sender = connection.create_sender("sessions")
    for body, session in ((1, "P"), (2, "Q"), (3, "P")):
        sender.send(Message(body=body, group_id=session))
    receiver = connection.create_receiver("sessions", credit=10, options=SessionFilter("P"))
    bodies = []
    for _ in range(2):
        bodies.append(receiver.receive(timeout=TIMEOUT).body)
        receiver.accept()
    assert bodies == [1, 3], bodies
    receiver.close()
    receiver = connection.create_receiver("sessions", credit=1, options=SessionFilter("Q"))
    assert receiver.receive(timeout=TIMEOUT).body == 2
    receiver.accept()
    connection.close()


def counts_deliveries():
    connection = plain()
    sender = connection.create_sender("proton")
    receiver = connection.create_receiver("proton", credit=10)
    started = time.time()
    for number in range(300):
        sender.send(Message(body=number))
        assert receiver.receive(timeout=TIMEOUT).body == number
        receiver.accept()
    print(f"  300 durable sends and receives, one at a time: {300 / (time.time() - started):.0f}/s")
    connection.close()


def start_broker(port):
    process = subprocess.Popen(
        [BROKER, "--port", str(port), "--data", DATA, "--entity", "proton", "--no-product-entities"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    line = process.stdout.readline()
    assert line.startswith("ready "), line
    return process, int(line.rsplit(":", 1)[1])


def loses_nothing_to_a_kill():
    process, port = start_broker(0)
    try:
        url = f"amqp://127.0.0.1:{port}"
        connect = lambda: BlockingConnection(  # noqa: E731
            url, user=KEY_NAME, password=KEY, allowed_mechs="PLAIN", timeout=TIMEOUT
        )
        connection = connect()
        sender = connection.create_sender("proton")
        for number in range(50):
            sender.send(Message(body=number))
        receiver = connection.create_receiver("proton", credit=1)
        assert receiver.receive(timeout=TIMEOUT).body == 0
        process.send_signal(signal.SIGKILL)
        process.wait()
        process, _ = start_broker(port)
        connection = connect()
        receiver = connection.create_receiver("proton", credit=1)
        for number in range(50):
            assert receiver.receive(timeout=TIMEOUT).body == number
            receiver.accept()
        connection.close()
    finally:
        process.terminate()
        assert process.wait(TIMEOUT) == 0, "the broker stops when it is asked to"


check("sends and receives", sends_and_receives)
check("settles every way", settles_every_way)
check("keeps a message of many frames whole", keeps_a_message_of_many_frames_whole)
check("refuses a wrong key", refuses_a_wrong_key)
check("refuses a link without a token", refuses_a_link_without_a_token)
check("takes a token, for its entity alone", takes_a_token)
check("refuses bad tokens", refuses_bad_tokens)
check("receives from a session", receives_from_a_session)
check("counts deliveries", counts_deliveries)
check("loses nothing to a kill", loses_nothing_to_a_kill)

print(f"{passed} passed, {failed} failed")
sys.stdout.flush()
sys.exit(1 if failed else 0)
