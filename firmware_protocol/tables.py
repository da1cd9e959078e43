"""Meaning of the numbers on the wire: identifiers, rates, scales, commands. Data, not code; runs on MicroPython too."""

SERVICE_UUID = "1caf0001-2097-4816-9813-39f27f909dc5"
DATA_UUID = "1caf0002-2097-4816-9813-39f27f909dc5"  # notify
CONTROL_UUID = "1caf0003-2097-4816-9813-39f27f909dc5"  # write
STATUS_UUID = "1caf0004-2097-4816-9813-39f27f909dc5"  # read, notify

BATTERY_SERVICE = 0x180F
BATTERY_LEVEL = 0x2A19
DEVICE_INFORMATION_SERVICE = 0x180A
IMMEDIATE_ALERT_SERVICE = 0x1802
ALERT_LEVEL = 0x2A06

# rate id: (samples a second, samples in a frame)
RATES = {
    1: (26, 4),
    2: (52, 8),
    3: (104, 16),
    4: (208, 16),
}
DEFAULT_RATE = 3

# scale id: (acceleration in mg, angular rate in mdeg/s or 0 without a gyroscope) that 32768 counts stand for.
# 11 to 14 are for ST's LSM6DS family, whose "2000 deg/s" is 70 mdeg/s a count, so 2293.76 deg/s at 32768.
SCALES = {
    1: (16000, 2000000),
    2: (8000, 1000000),
    3: (4000, 500000),
    4: (2000, 250000),
    11: (16000, 2293760),
    12: (8000, 1146880),
    13: (4000, 573440),
    14: (2000, 286720),
    21: (16000, 0),
    22: (8000, 0),
    23: (4000, 0),
    24: (2000, 0),
}
DEFAULT_SCALE = 1
DEFAULT_SCALE_WITHOUT_GYROSCOPE = 21

AXES = {}  # scale id: values in a sample
for _scale in SCALES:
    AXES[_scale] = 6 if SCALES[_scale][1] else 3

START, STOP, MODE, TIME, BUZZ, IDENTIFY = 1, 2, 3, 4, 5, 6
LIVE_ONLY = 0xFFFFFFFF  # START from here: no back-fill

# How the last command was answered.
DONE, OVERWRITTEN, UNSUPPORTED, MALFORMED = 0, 1, 2, 3

UNKNOWN = 0xFF  # battery, worn
UNKNOWN_TEMPERATURE = -32768
