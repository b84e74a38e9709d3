"""Requests by path (`/bucket/key`), as S3 takes them where the bucket is no part of the host's name."""

import re
from itertools import count
from typing import Any
from xml.sax.saxutils import escape, unescape

from litestar import HttpMethod, Request, Response, delete, get, post, put, route
from litestar.params import FromPath

from evals.world.s3.signatures import expect_signed
from evals.world.s3.state import LEAST_PART, BucketWorld, Object, Refused, Upload, World

AnyRequest = Request[Any, Any, Any]

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_PART = re.compile(r"<PartNumber>(\d+)</PartNumber>")
_KEY = re.compile(r"<Key>([^<]*)</Key>")
_numbers = count(1)


@get("/{bucket:str}")
async def list_objects(request: AnyRequest, world: World, bucket: FromPath[str]) -> Response[str]:
    """ListObjectsV2."""
    await _checked(request, world, bucket)
    return _listed(world, request)


@post("/{bucket:str}", status_code=200)
async def remove_some(request: AnyRequest, world: World, bucket: FromPath[str]) -> Response[str]:
    """DeleteObjects; what is not there counts as deleted."""
    body = await _checked(request, world, bucket)
    names = [unescape(name) for name in _KEY.findall(body.decode())]
    for name in names:
        world.objects.pop(name, None)
    return _xml("DeleteResult", "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in names))


@route("/{bucket:str}/{key:path}", http_method=[HttpMethod.GET, HttpMethod.HEAD])
async def read(request: AnyRequest, world: World, bucket: FromPath[str], key: FromPath[str]) -> Response[Any]:
    """GetObject with its Range, HeadObject."""
    await _checked(request, world, bucket)
    name = key.lstrip("/")
    found = world.objects.get(name)
    if found is None:
        raise Refused("NoSuchKey")
    headers = {"ETag": found.etag, "Last-Modified": _http_date(found), "Accept-Ranges": "bytes"}
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted is None:
        headers["Content-Length"] = str(len(found.content))
        content = found.content if request.method == "GET" else b""
        return Response(content, headers=headers, media_type=found.content_type)
    start, end = int(wanted[1]), min(int(wanted[2] or len(found.content) - 1), len(found.content) - 1)
    if start > end:
        raise Refused("InvalidRange")
    headers["Content-Range"] = f"bytes {start}-{end}/{len(found.content)}"
    return Response(found.content[start : end + 1], status_code=206, headers=headers, media_type=found.content_type)


@put("/{bucket:str}/{key:path}", status_code=200)
async def write(request: AnyRequest, world: World, bucket: FromPath[str], key: FromPath[str]) -> Response[None]:
    """PutObject, UploadPart."""
    body = await _checked(request, world, bucket)
    put_in = Object(body, request.headers.get("content-type", "binary/octet-stream"))
    if "uploadId" in request.query_params:
        _upload(world, request).parts[int(request.query_params["partNumber"])] = put_in
    else:
        world.objects[key.lstrip("/")] = put_in
    return Response(None, headers={"ETag": put_in.etag})


@post("/{bucket:str}/{key:path}", status_code=200)
async def act(request: AnyRequest, world: World, bucket: FromPath[str], key: FromPath[str]) -> Response[str]:
    """CreateMultipartUpload, CompleteMultipartUpload."""
    body = await _checked(request, world, bucket)
    name = key.lstrip("/")
    if "uploads" in request.query_params:
        upload_id = f"upload-{next(_numbers)}"
        world.uploads[upload_id] = Upload(name, request.headers.get("content-type", "binary/octet-stream"))
        told = f"<Bucket>{bucket}</Bucket><Key>{escape(name)}</Key><UploadId>{upload_id}</UploadId>"
        return _xml("InitiateMultipartUploadResult", told)
    upload = _upload(world, request)
    numbers = [int(number) for number in _PART.findall(body.decode())]
    if numbers != sorted(upload.parts):
        raise Refused("InvalidPart")
    parts = [upload.parts[number].content for number in numbers]
    if any(len(part) < LEAST_PART for part in parts[:-1]):
        raise Refused("EntityTooSmall")
    whole = Object(b"".join(parts), upload.content_type)
    world.objects[upload.key] = whole
    del world.uploads[request.query_params["uploadId"]]
    told = f"<Bucket>{bucket}</Bucket><Key>{escape(name)}</Key><ETag>{escape(whole.etag)}</ETag>"
    return _xml("CompleteMultipartUploadResult", told)


@delete("/{bucket:str}/{key:path}", status_code=204)
async def remove(request: AnyRequest, world: World, bucket: FromPath[str], key: FromPath[str]) -> None:
    """DeleteObject, AbortMultipartUpload."""
    await _checked(request, world, bucket)
    if "uploadId" in request.query_params:
        _upload(world, request)
        del world.uploads[request.query_params["uploadId"]]
    else:
        world.objects.pop(key.lstrip("/"), None)


async def _checked(request: AnyRequest, world: BucketWorld, bucket: str) -> bytes:
    """The body of a request that may be answered."""
    body = await request.body()
    world.calls[request.method] += 1
    world.stumble()
    expect_signed(request, body)
    if bucket != world.name:
        raise Refused("NoSuchBucket")
    return body


def _upload(world: BucketWorld, request: AnyRequest) -> Upload:
    found = world.uploads.get(request.query_params["uploadId"])
    if found is None:
        raise Refused("NoSuchUpload")
    return found


def _listed(world: BucketWorld, request: AnyRequest) -> Response[str]:
    prefix, most = request.query_params.get("prefix", ""), int(request.query_params.get("max-keys", 1000))
    after: str = request.query_params.get("continuation-token") or request.query_params.get("start-after") or ""
    names = sorted(name for name in world.objects if name.startswith(prefix) and name > after)
    told = [
        f"<Contents><Key>{escape(name)}</Key><Size>{len(found.content)}</Size><ETag>{escape(found.etag)}</ETag>"
        f"<LastModified>{found.changed:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
        for name in names[:most]
        for found in (world.objects[name],)
    ]
    more = len(names) > most
    told.append(f"<Name>{world.name}</Name><Prefix>{escape(prefix)}</Prefix><MaxKeys>{most}</MaxKeys>")
    told.append(f"<KeyCount>{min(len(names), most)}</KeyCount><IsTruncated>{str(more).lower()}</IsTruncated>")
    if more:
        told.append(f"<NextContinuationToken>{escape(names[most - 1])}</NextContinuationToken>")
    return _xml("ListBucketResult", "".join(told))


def _xml(name: str, told: str) -> Response[str]:
    text = f'<?xml version="1.0" encoding="UTF-8"?><{name}>{told}</{name}>'
    return Response(text, media_type="application/xml")


def _http_date(found: Object) -> str:
    return found.changed.strftime("%a, %d %b %Y %H:%M:%S GMT")
