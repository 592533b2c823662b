# Signing out.

logout-confirm-title = Sign out?
logout-confirm-text = You will be signed out of every service opened with this session.
logout-submit = Sign out
logout-stay = Stay signed in
logout-done-title = You are signed out
logout-done-text = Your university session is closed in this browser.
logout-close-browser = On a shared computer, close the browser as well.
logout-services-title = Services notified
logout-service-ok = sign-out request received
logout-service-pending = waiting for an answer
logout-service-failed = no answer, sign out inside the service
logout-service-unsupported = sign out inside the service
logout-service-browser = request passed on by your browser, no answer to expect.
logout-service-there = Sign out of { $service }
logout-refresh = Refresh the list
logout-public = Public or shared computer: close every browser window now.
logout-return = Go back to { $service }
logout-again = Sign in again
logout-none = No session was open.
