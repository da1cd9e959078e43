"""Keeping at it: small things to do through the day (`activation`), feedback that fades (`fading`), streaks that forgive
(`streak`). `stage` is the part of the pipeline that asks and sees whether it was done; `carrying` goes on after a restart. Pure:
days, weeks and moments come in as arguments.
"""
