"""Sample of the academy: Evennia with everything at its own defaults, no typeclass or command of its own."""
from evennia.settings_default import *

SERVERNAME = "Academy"

CONNECTION_SCREEN_MODULE = "evennia.game_template.server.conf.connection_screens"
AT_INITIAL_SETUP_HOOK_MODULE = AT_SERVER_STARTSTOP_MODULE = MSSP_META_MODULE = WEB_PLUGINS_MODULE = None
AT_SEARCH_RESULT = "evennia.utils.utils.at_search_result"
SERVER_SERVICES_PLUGIN_MODULES = PORTAL_SERVICES_PLUGIN_MODULES = PROTOTYPE_MODULES = FILE_HELP_ENTRY_MODULES = []
LOCK_FUNC_MODULES = ("evennia.locks.lockfuncs",)
INPUT_FUNC_MODULES = ["evennia.server.inputfuncs"]
FUNCPARSER_OUTGOING_MESSAGES_MODULES = ["evennia.utils.funcparser"]
FUNCPARSER_PROTOTYPE_PARSING_MODULES = ["evennia.prototypes.protfuncs"]
CMDSET_UNLOGGEDIN = "evennia.commands.default.cmdset_unloggedin.UnloggedinCmdSet"
CMDSET_SESSION = "evennia.commands.default.cmdset_session.SessionCmdSet"
CMDSET_CHARACTER = "evennia.commands.default.cmdset_character.CharacterCmdSet"
CMDSET_ACCOUNT = "evennia.commands.default.cmdset_account.AccountCmdSet"
BASE_ACCOUNT_TYPECLASS = "evennia.accounts.accounts.DefaultAccount"
BASE_GUEST_TYPECLASS = "evennia.accounts.accounts.DefaultGuest"
BASE_OBJECT_TYPECLASS = "evennia.objects.objects.DefaultObject"
BASE_CHARACTER_TYPECLASS = "evennia.objects.objects.DefaultCharacter"
BASE_ROOM_TYPECLASS = "evennia.objects.objects.DefaultRoom"
BASE_EXIT_TYPECLASS = "evennia.objects.objects.DefaultExit"
BASE_CHANNEL_TYPECLASS = "evennia.comms.comms.DefaultChannel"
BASE_SCRIPT_TYPECLASS = "evennia.scripts.scripts.DefaultScript"
ROOT_URLCONF = "evennia.web.urls"

from server.conf.secret_settings import *
