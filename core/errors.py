# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, in words for the user, with the exit code that tells a farm whether to try again."""


class UserError(Exception):
    """One plain sentence: what, where, what to do. The input is wrong; trying again won't help."""

    exit_code = 2


class OutOfMemoryError(UserError):
    """The picture does not fit into memory."""

    exit_code = 3


class PassingError(UserError):
    """A fault that may pass: trying again can help."""

    exit_code = 4


class Cancelled(Exception):  # noqa: N818 - no error: the user asked for it
    """The user cancelled the job."""

    exit_code = 130


BUG_EXIT_CODE = 1
"""Of a mistake in the code."""

BY_EXIT_CODE = {error.exit_code: error for error in (UserError, OutOfMemoryError, PassingError)}
"""How a failure that crossed the process wall as its exit code becomes an exception again."""
