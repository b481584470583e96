"""Load: the same stories at a nation's volume, their arrivals in locust's hands.

`country` and `conductor` are programs of their own (asyncio, real parts); what runs in locust's process is
gevent's and imports neither asyncio nor media.
"""
