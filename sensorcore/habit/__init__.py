"""Keeping at it: small things to do through the day (`activation`), feedback that fades (`fading`), streaks that forgive
(`streak`). Pure: days, weeks and moments come in as arguments.
"""
