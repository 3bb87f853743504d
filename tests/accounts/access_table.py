"""Who may do what at every address. What has no row here is a failing test; so is a row too many.

A row: the name of the route, methods (or `any`), and a cell for each kind of visitor:

    ok      they may: any answer but a refusal (an empty form may well be sent back)
    login   asked to log in: a redirect to the log-in page, or 401
    no      403
    404     there is nothing to see

A route has as many rows as its methods differ. Methods that no row of it names must be refused: by
405, or as above. `{a,b}` stands for a and b; `*` for anything, and the first row that fits holds. A
route without a name goes by its path. Addresses with a part in them, such as `<uuid:pk>`, take it
from `access_objects.py`.
"""

#: "staff" is an operator who may open the administration, as `dave` of the demo.
VISITORS = ("anonymous", "no role", "viewer", "editor", "uploader", "staff", "superuser")

TABLE = """
#                                                  anonymous  no role  viewer  editor  uploader  staff  superuser
home                              GET              login      ok       ok      ok      ok        ok     ok
livez                             GET              ok         ok       ok      ok      ok        ok     ok
readyz                            GET              ok         ok       ok      ok      ok        ok     ok

# Records: pages
{customers,products}:list         GET              login      no       ok      ok      ok        ok     ok
{customers,products}:badges       GET              login      no       ok      ok      ok        ok     ok
{customers,products}:detail       GET              login      no       ok      ok      ok        ok     ok
{customers,products}:badge        GET              login      no       ok      ok      ok        ok     ok
{customers,products}:timeline     GET              login      no       ok      ok      ok        ok     ok
{customers,products}:new          GET,POST         login      no       no      ok      no        no     ok
{customers,products}:edit         GET,POST         login      no       no      ok      no        no     ok
{customers,products}:delete       GET,POST         login      no       no      ok      no        no     ok

# One's own account
accounts:login                    GET,POST         ok         ok       ok      ok      ok        ok     ok
accounts:logout                   POST             ok         ok       ok      ok      ok        ok     ok
accounts:password_reset           GET,POST         ok         ok       ok      ok      ok        ok     ok
accounts:password_reset_done      GET              ok         ok       ok      ok      ok        ok     ok
accounts:password_reset_confirm   GET,POST         ok         ok       ok      ok      ok        ok     ok
accounts:password_reset_complete  GET              ok         ok       ok      ok      ok        ok     ok
accounts:password_change          GET,POST         login      ok       ok      ok      ok        ok     ok
accounts:tokens                   GET,POST         login      ok       ok      ok      ok        ok     ok
accounts:revoke_token             GET,POST         login      ok       ok      ok      ok        ok     ok

# Uploads: whoever may upload some records, or may see all uploads
uploads:history                   GET              login      no       no      no      ok        ok     ok
uploads:detail                    GET              login      no       no      no      ok        ok     ok
uploads:progress                  GET              login      no       no      no      ok        ok     ok
uploads:not_saved                 GET              login      no       no      no      ok        ok     ok
uploads:template                  GET              login      no       no      no      ok        no     ok
uploads:new                       GET,POST         login      no       no      no      ok        no     ok
uploads:check                     POST             login      no       no      no      ok        no     ok
uploads:confirm                   POST             login      no       no      no      ok        no     ok
uploads:cancel                    POST             login      no       no      no      ok        no     ok

# API
api:docs                          GET              login      ok       ok      ok      ok        ok     ok
api:problems                      GET              login      ok       ok      ok      ok        ok     ok
api:reference                     GET              login      ok       ok      ok      ok        ok     ok
api:index                         GET              login      ok       ok      ok      ok        ok     ok
api:openapi                       GET              login      ok       ok      ok      ok        ok     ok
api:nowhere                       any              404        404      404     404     404       404    404
api:{customers,products}-list     GET              login      no       ok      ok      ok        ok     ok
api:{customers,products}-list     POST             login      no       no      ok      no        no     ok
api:{customers,products}-detail   GET              login      no       ok      ok      ok        ok     ok
api:{customers,products}-detail   PUT,PATCH,DELETE login      no       no      ok      no        no     ok
api:{customers,products}-sync     GET              login      no       ok      ok      ok        ok     ok

# Administration: for staff, to look at; users, groups and tokens are managed there
admin:login                       GET,POST         login      no       no      no      no        ok     ok
admin:password_change             GET,POST         login      no       no      no      no        ok     ok
admin:password_change_done        GET              login      no       no      no      no        ok     ok
admin:index                       GET,POST         login      no       no      no      no        ok     ok
admin:app_list                    GET,POST         login      no       no      no      no        ok     ok
admin:jsi18n                      GET              login      no       no      no      no        ok     ok
admin:logout                      POST             login      no       no      no      no        ok     ok
admin:autocomplete                GET              login      no       no      no      no        no     no
admin/(?P<url>.*)$                GET,POST         login      no       no      no      no        404    404
admin:auth_user_password_change   GET,POST         login      no       no      no      no        no     ok
admin:auth_*                      GET,POST         login      no       no      no      no        no     ok
admin:accounts_apitoken_add       GET,POST         login      no       no      no      no        no     no
admin:accounts_apitoken_change    GET              login      no       no      no      no        no     ok
admin:accounts_apitoken_*         GET,POST         login      no       no      no      no        no     ok
admin:*_changelist                GET,POST         login      no       no      no      no        ok     ok
admin:*_history                   GET,POST         login      no       no      no      no        ok     ok
admin:*_change                    GET              login      no       no      no      no        ok     ok
admin:*_add                       GET,POST         login      no       no      no      no        no     no
admin:*_delete                    GET,POST         login      no       no      no      no        no     no
admin/*/<path:object_id>/         GET,POST         login      no       no      no      no        ok     ok
"""  # noqa: E501
