# The public home page, and the page of a person who has signed in.

home-title = Your digital workspace
home-lead = Email, online courses, timetable, student record: a single account opens every university service.
home-login = Sign in
home-services = Your services
home-start-title = Getting started
home-activate = Get my account
home-activate-hint = This is your first time here: have your student card or an enrolment certificate at hand.
home-recover = Forgotten password
home-recover-hint = You have used your account before: have the sheet with your enrolment certificates at hand.
home-free-title = Open to everyone
home-university = The university’s website
