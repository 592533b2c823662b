# What every page shares. Plain text only: templates escape everything.
# $university, $short, $origin, $signin, $here, $registrar, $support, $format, $example, $delay, $min, $max,
# $publisher, $hosting and $dpo come from the configuration and may be named anywhere.

page-title = { $page } – { $university }
page-title-error = Error: { $page } – { $university }
skip-to-content = Skip to main content
nav-label = Your account
lang-fr = Français
lang-en = English
step = Step { $current } of { $total }
error-prefix = Error:
error-summary-title = Something needs correcting
continue = Continue
cancel = Cancel
show = Show
hide = Hide
show-password = Show password
hide-password = Hide password
capslock = Caps Lock is on.
notice-info = Information
notice-warn = Please note
notice-alert = Warning
notice-done = Done
notice-phishing = Before you type your password, check that the address of this page starts with { $origin }
notice-phishing-never = The university will never ask you for it by email, text message or phone.
form-err-expired = This page was left open for too long. Check what you typed and send it again: nothing was lost.
help-title = Need help?
help-scolarite = Is your file number or date of birth wrong? Contact the registrar’s office: { $registrar }
help-support = Trouble signing in? Contact the IT help desk: { $support }
help-personal = The account is yours alone, even within your family: do not share your login details with anyone.
footer-label = About this site
footer-accessibility-full = Accessibility: fully compliant
footer-accessibility-partial = Accessibility: partially compliant
footer-accessibility-none = Accessibility: not compliant
footer-legal = Legal notice
footer-privacy = Personal data
footer-help = Help
menu-account = My account
menu-logout = Sign out
