"""What experiments are made of: epochs of storing, recalling, tagging, exploring; settings.

May be imported by experiments, and imports none of them.
"""
