# A producer as anybody writes it with libzmq: one message a frame, raw bodies, confirms in runs, a window.
#   plain_producer.py ENDPOINT TOPIC MESSAGES SIZE WINDOW  ->  {"seconds": …}
import json, sys, time
import zmq

endpoint, topic, count, size, window = sys.argv[1], sys.argv[2].encode(), *map(int, sys.argv[3:6])
socket = zmq.Context().socket(zmq.DEALER)
socket.set_hwm(0)
socket.connect(endpoint)
say = lambda word: socket.send_multipart([b"_control", json.dumps(word).encode()])
hear = lambda: json.loads(socket.recv_multipart()[-1])
say({"type": "hello", "versions": [1], "client": "bench", "confirm": True, "body_form": "raw"})
while hear()["type"] != "hello.ok":
    pass

body = b"x" * size
started = time.perf_counter()
confirmed = sent = 0
while confirmed < count:
    while sent < count and sent - confirmed < window:
        socket.send(topic, zmq.SNDMORE)
        socket.send(body)
        sent += 1
    word = hear()
    if word["type"] == "publish.confirmed":
        if word.get("exceptions") or word["durability"] != "disk":
            sys.exit(f"not as promised: {word}")
        confirmed = word["through_sequence"]
    elif word["type"] == "error":
        sys.exit(f"refused: {word}")
print(json.dumps({"seconds": time.perf_counter() - started}))
