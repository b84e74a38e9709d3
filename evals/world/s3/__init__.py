"""A bucket that speaks S3 as Amazon documents it: objects, uploads in parts, listing, signatures of version 4.

Sources: docs.aws.amazon.com/AmazonS3/latest/API (PutObject, GetObject, HeadObject, DeleteObject, DeleteObjects,
ListObjectsV2, CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload, ErrorResponses,
sig-v4-header-based-auth).
"""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide

from evals.world.clock import WorldClock
from evals.world.s3 import api, door
from evals.world.s3.state import BucketWorld, Refused


def create_app(_: WorldClock | None = None) -> Litestar:
    """One empty bucket by name, made when somebody first puts into it; see the door for its key and its faults."""
    world = BucketWorld()
    return Litestar(
        route_handlers=[
            api.list_objects,
            api.remove_some,
            api.read,
            api.write,
            api.act,
            api.remove,
            door.objects,
            door.add_fault,
        ],
        dependencies={"world": Provide(lambda: world, sync_to_thread=False, use_cache=True)},
        exception_handlers={Refused: _refused},
        request_max_body_size=None,
        openapi_config=None,
        logging_config=None,
    )


def _refused(request: Request[Any, Any, Any], refusal: Refused) -> Response[str]:
    """An error as S3 writes it; a HEAD gets the status alone."""
    told = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{refusal.code}</Code><Message>{refusal.code}</Message><RequestId>0</RequestId></Error>"
    )
    body = "" if request.method == "HEAD" else told
    return Response(body, status_code=refusal.status, media_type="application/xml")
